import { X509Certificate } from 'node:crypto'
import type { Finding } from '../../frame/finding.ts'
import { relativeTime } from '../../frame/time-words.ts'
import type { Examination } from '../examination.ts'
import { nameOf, type PublishedKey, publishedKeys } from './published-key.ts'

/** RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2, RFC 9964. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

/** More than these are not shown: a JWKS may have thousands of keys. */
const mostFindings = 40

/** What is wrong with the keys: RFC 7517. */
export function keyFindings(examination: Examination): readonly Finding[] {
  const keys = publishedKeys(examination)
  return [
    ...tooMany(keys),
    ...keys.flatMap((key) => findingsOnKey(key, keys.length, examination.examinedAt)),
    ...duplicates(keys),
  ].slice(0, mostFindings)
}

/** The default of the option `maxKeys` of `verifyJwt`. */
const maxKeys = 100

function tooMany({ length }: readonly PublishedKey[]): readonly Finding[] {
  if (length <= maxKeys) return []
  const message = `There are ${length} keys. verifyJwt uses the first ${maxKeys}: remove those that no longer sign.`
  return [{ level: 'wrong', code: 'too_many_keys', message }]
}

function findingsOnKey(key: PublishedKey, count: number, now: number): readonly Finding[] {
  const findings = [
    secretPublished(key),
    unusable(key),
    withoutKid(key, count),
    withoutAlgorithm(key),
    certificate(key, now),
  ]
  return findings.filter((finding) => finding !== undefined)
}

function secretPublished(key: PublishedKey): Finding | undefined {
  const { jwk, warning } = key
  const present = secretMembers.filter((name) => isSet((jwk as Readonly<Record<string, unknown>>)[name]))
  if (present.length === 0 && warning === undefined) return undefined
  return {
    level: 'wrong',
    code: 'secret_published',
    message: `${capital(nameOf(key))} is published with its secret part (${present.join(', ')}). Anyone can forge tokens: destroy the key and create a new one.`,
  }
}

/** Serializers write null and empty text for members that are not set. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

/** Encryption keys belong in a JWKS, although they verify nothing. */
function unusable(key: PublishedKey): Finding | undefined {
  const { setAside, use, jwk } = key
  if (setAside === undefined || use === 'enc') return undefined
  const weak = /modulus|exponent/.test(setAside) && jwk.kty === 'RSA'
  return {
    level: weak ? 'wrong' : 'odd',
    code: weak ? 'weak_key' : 'key_unusable',
    message: `${capital(nameOf(key))} is not used: ${setAside}.`,
  }
}

function withoutKid(key: PublishedKey, count: number): Finding | undefined {
  if (key.kid !== undefined || key.use === 'enc' || key.setAside !== undefined) return undefined
  const others = count > 1 ? 'Its tokens cannot name it among the others' : 'The next rotation will need one'
  return { level: 'odd', code: 'kid_missing', message: `${capital(nameOf(key))} is hard to rotate. ${others}.` }
}

function withoutAlgorithm(key: PublishedKey): Finding | undefined {
  if (key.alg !== undefined || key.use === 'enc' || key.setAside !== undefined) return undefined
  const message = `${capital(nameOf(key))} does not name its \`alg\`, so it verifies with every algorithm of its type.`
  return { level: 'note', code: 'alg_missing', message }
}

/** RFC 7517 §4.7. Nobody checks it for tokens, but an expired certificate tells of a forgotten rotation. */
function certificate(key: PublishedKey, now: number): Finding | undefined {
  const validTo = endOfCertificate((key.jwk as Readonly<Record<string, unknown>>)['x5c'])
  if (validTo === undefined || validTo > now) return undefined
  const message = `The certificate (\`x5c\`) of ${nameOf(key)} expired ${relativeTime(validTo, now)}.`
  return { level: 'odd', code: 'certificate_expired', message }
}

function endOfCertificate(chain: unknown): number | undefined {
  const first: unknown = Array.isArray(chain) ? chain[0] : undefined
  if (typeof first !== 'string') return undefined
  try {
    return Date.parse(new X509Certificate(Buffer.from(first, 'base64')).validTo)
  } catch {
    return undefined
  }
}

/** RFC 7517 §4.5: keys within a set should have distinct kids. */
function duplicates(keys: readonly PublishedKey[]): readonly Finding[] {
  const byKid = new Map<string, PublishedKey[]>()
  for (const key of keys) {
    // A key for encryption is no candidate for a signature, so it may have the same kid.
    if (key.kid !== undefined && key.use !== 'enc') byKid.set(key.kid, [...(byKid.get(key.kid) ?? []), key])
  }
  return [...byKid.values()].filter(({ length }) => length > 1).map(duplicate)
}

function duplicate(keys: readonly PublishedKey[]): Finding {
  const name = nameOf(keys[0] ?? { kid: undefined, index: 0 })
  const isSame = new Set(keys.map(materialOf)).size === 1
  const message = isSame
    ? `${capital(name)} is published ${keys.length} times.`
    : `${capital(name)} stands for ${keys.length} different keys. Verifiers try only one of them, and refuse the tokens of the others.`
  return { level: isSame ? 'odd' : 'wrong', code: 'kid_duplicate', message }
}

function materialOf({ jwk }: PublishedKey): string {
  const { kty, crv, n, e, x, y, pub } = jwk as Readonly<Record<string, unknown>>
  return JSON.stringify([kty, crv, n, e, x, y, pub])
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
