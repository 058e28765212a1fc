import type { JsonWebKey } from 'node:crypto'
import type { KeyNote } from '@bearerkit/core'
import { shown } from '../../frame/shown.ts'
import type { Examination } from '../examination.ts'

/** A key as the JWKS shows it, and what the verifier makes of it. */
export interface PublishedKey {
  /** Its place in the JWKS, from 0. */
  readonly index: number
  readonly kid: string | undefined
  /** Its type with its size or curve, such as `RSA 2048` or `EC P-256`. */
  readonly kind: string
  readonly alg: string | undefined
  readonly use: string | undefined
  /** Why the verifier does not use it. */
  readonly setAside: string | undefined
  /** What the verifier objects to, although it uses the key. */
  readonly warning: string | undefined
  readonly jwk: JsonWebKey
}

export function publishedKeys({ keys, verifier }: Examination): readonly PublishedKey[] {
  const { setAside, warnings } = verifier.health
  return keys.map((entry, index) => {
    const jwk = (typeof entry === 'object' && entry !== null ? entry : {}) as JsonWebKey
    const { kid, alg, use } = jwk as Readonly<Record<string, unknown>>
    return {
      index,
      kid: textOf(kid),
      kind: kindOf(jwk),
      alg: textOf(alg),
      use: textOf(use),
      setAside: noteFor(index, setAside),
      warning: noteFor(index, warnings),
      jwk,
    }
  })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function noteFor(index: number, notes: readonly KeyNote[]): string | undefined {
  return notes.find((note) => note.index === index)?.reason
}

function kindOf(jwk: JsonWebKey): string {
  const { kty, crv, n, alg } = jwk as Readonly<Record<string, unknown>>
  const detail = kty === 'RSA' ? String(bitsOf(n)) : textOf(kty === 'AKP' ? alg : crv)
  return [textOf(kty) ?? 'no kty', detail]
    .filter((part) => part !== undefined)
    .map((part) => shown(part, 20))
    .join(' ')
}

/** The length of a number (RFC 7518 §2, Base64urlUInt) in bits. */
function bitsOf(number: unknown): number {
  const octets = Buffer.from(typeof number === 'string' ? number : '', 'base64url')
  const start = octets.findIndex((octet) => octet !== 0)
  return start === -1 ? 0 : (octets.length - start) * 8 - Math.clz32(octets[start] ?? 0) + 24
}

/** How messages name a key. */
export function nameOf({ kid, index }: Pick<PublishedKey, 'kid' | 'index'>): string {
  return kid === undefined ? `key ${index + 1}, which has no kid,` : `key ${shown(JSON.stringify(kid), 60)}`
}
