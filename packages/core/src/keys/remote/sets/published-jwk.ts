import type { JWK } from 'jose'
import { type Algorithm, algorithmsFor, type KeyType, rsaBits } from '../../../algorithms.ts'
import { Buffer } from '../../../platform.ts'
import { printable } from '../../../printable.ts'

/**
 * RFC 7638 §3.2, RFC 8037 §2, RFC 9964: the members that define the key. All other members of a JWK are metadata or
 * secret.
 */
const publicMembers: Readonly<Record<Exclude<KeyType, 'oct'>, readonly string[]>> = {
  RSA: ['kty', 'n', 'e'],
  EC: ['kty', 'crv', 'x', 'y'],
  OKP: ['kty', 'crv', 'x'],
  AKP: ['kty', 'alg', 'pub'],
}

/** Returns the members that define a public key of this type. Undefined if no such key is published. */
export function materialMembers(kty: unknown): readonly string[] | undefined {
  return Object.hasOwn(publicMembers, String(kty)) ? publicMembers[kty as keyof typeof publicMembers] : undefined
}

/** RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 §2, RFC 9964: the members that must not be published. */
export const privateMembers: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** `issuer` is not defined in RFC 7517. It names the issuer whose tokens the key signs. */
export interface PublicJwk extends JWK {
  readonly issuer?: string
}

/** The parts of a published JWK that are used. */
export interface PublishedJwk {
  /** Only the public part, with `kid`, `alg`, `use` and `issuer`. */
  readonly jwk: PublicJwk
  /** The algorithms that the key may be used with. */
  readonly rows: readonly Algorithm[]
  /** True if the private part was published too. It is discarded. */
  readonly wasPrivate: boolean
}

/**
 * Reads one entry of a JWK Set: RFC 7517 §4, §5.
 *
 * @param acceptedUses the values of `use` that are treated as `sig`
 * @throws Error with the reason for skipping the key
 */
export function readPublishedJwk(candidate: unknown, acceptedUses: readonly string[]): PublishedJwk {
  if (typeof candidate !== 'object' || candidate === null) throw new Error('not an object')
  const published = membersOf(candidate)
  checkUse(published, acceptedUses)
  const rows = rowsOf(published)
  const material = materialOf(published, publicMembers[published['kty'] as keyof typeof publicMembers])
  checkLength(material)
  const wasPrivate = privateMembers.some((member) => Object.hasOwn(published, member))
  return { jwk: { ...material, ...commentaryOf(published, rows) }, rows, wasPrivate }
}

/**
 * Returns the members of a JWK that are set. Some serializers write null, empty strings and empty arrays for members
 * that are not set, such as `"d": null` and `"key_ops": []`. A `kid` may be empty: RFC 7517 §4.5 does not restrict it.
 */
function membersOf(jwk: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(jwk).filter(([name, value]) => !isBlank(value) || (name === 'kid' && value === '')),
  )
}

function isBlank(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Checks `use` and `key_ops`: RFC 7517 §4.2, §4.3. */
function checkUse({ use, key_ops: operations }: Readonly<Record<string, unknown>>, accepted: readonly string[]): void {
  const isForSignatures = use === undefined || use === 'sig' || accepted.some((one) => one === use)
  if (!isForSignatures) throw new Error(`\`use\` is ${shown(use)}, and not sig`)
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    throw new Error('`key_ops` does not include verify')
}

/**
 * Returns the algorithms that the key may be used with: the one it names, or else all signature algorithms of its type.
 */
function rowsOf(published: Readonly<Record<string, unknown>>): readonly Algorithm[] {
  const { kty, crv, alg, kid, issuer } = published
  if (kid !== undefined && typeof kid !== 'string') throw new Error('`kid` is not a string')
  if (issuer !== undefined && typeof issuer !== 'string') throw new Error('`issuer` is not a string')
  if (kty === 'oct') throw new Error('a symmetric key has no place in a JWKS')
  const possible = algorithmsFor(kty, crv).filter((row) => row.use === 'sig')
  if (possible.length === 0) throw new Error('`kty` and `crv` name no key that verifies signatures')
  if (alg === undefined) return possible
  const named = possible.filter((row) => row.alg === alg)
  if (named.length === 0) throw new Error(`\`alg\` is ${shown(alg)}, which does not fit \`kty\` and \`crv\``)
  return named
}

/** Formats a value from the JWK for a human-readable reason. */
function shown(value: unknown): string {
  return typeof value === 'string' ? printable(value, 40) : `of the type ${typeof value}`
}

function materialOf(published: Readonly<Record<string, unknown>>, members: readonly string[]): JWK {
  const picked: Record<string, string> = {}
  for (const member of members) {
    const value = published[member]
    if (value === undefined) throw new Error(`\`${member}\` is missing`)
    if (typeof value !== 'string') throw new Error(`\`${member}\` is not a string`)
    picked[member] = value
  }
  return picked
}

/**
 * Runs before OpenSSL reads the numbers: if one is too long, OpenSSL keeps an error, which the next, unrelated call
 * reports.
 */
function checkLength({ n = '', e = '' }: JWK): void {
  const isLonger = [n, e].some((number) => Buffer.byteLength(number, 'base64url') * 8 > rsaBits.most)
  if (isLonger) throw new Error(`the RSA modulus or exponent is longer than ${rsaBits.most} bits`)
}

function commentaryOf({ kid, issuer }: Readonly<Record<string, unknown>>, rows: readonly Algorithm[]): PublicJwk {
  const [only, another] = rows
  return {
    ...(typeof kid === 'string' && { kid }),
    ...(only !== undefined && another === undefined && { alg: only.alg }),
    use: 'sig',
    ...(typeof issuer === 'string' && { issuer }),
  }
}
