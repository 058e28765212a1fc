import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { importJWK } from 'jose/key/import'
import { type Algorithm, algorithmsFor, type KeyType, rsaBits } from '../../algorithms.ts'
import { KeyUseError } from '../../errors.ts'
import { KeyRef } from '../key-ref.ts'
import type { VerificationKey } from '../key-roles.ts'
import { parsePublishedKid } from '../versioned-kids.ts'

/** RFC 7638 §3.2, RFC 8037 §2, RFC 9964: the members that make the key. Everything else about a JWK is commentary, or secret. */
const publicMembers: Readonly<Record<Exclude<KeyType, 'oct'>, readonly string[]>> = {
  RSA: ['kty', 'n', 'e'],
  EC: ['kty', 'crv', 'x', 'y'],
  OKP: ['kty', 'crv', 'x'],
  AKP: ['kty', 'alg', 'pub'],
}

/** RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 §2, RFC 9964: what nobody should publish. */
const privateMembers: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** A verification key out of somebody else's JWKS. */
export class PublicKey implements VerificationKey {
  readonly kid: string | undefined
  readonly thumbprint: string
  /** Equal for keys that are the same in every respect that matters here. */
  readonly identity: string
  /** The public part alone, with `kid`, `alg` and `use`. */
  readonly jwk: Readonly<JWK>
  /** Whether the private part was published with it. It was not kept. */
  readonly wasPrivate: boolean
  readonly #rows: readonly Algorithm[]
  readonly #imported = new Map<string, CryptoKey | Promise<CryptoKey>>()

  private constructor(jwk: JWK, rows: readonly Algorithm[], thumbprint: string, wasPrivate: boolean) {
    this.kid = jwk.kid
    this.jwk = Object.freeze(jwk)
    this.thumbprint = thumbprint
    this.identity = JSON.stringify([jwk.kid, jwk.alg, thumbprint])
    this.wasPrivate = wasPrivate
    this.#rows = rows
  }

  /**
   * Admits a JWK, or says why not. A private JWK serves as its public part.
   *
   * @throws Error with the reason for setting the key aside
   */
  static async admit(candidate: unknown): Promise<PublicKey> {
    if (typeof candidate !== 'object' || candidate === null) throw new Error('not an object')
    const published = candidate as Readonly<Record<string, unknown>>
    const rows = rowsOf(published)
    const key = pick(published, publicMembers[published['kty'] as keyof typeof publicMembers])
    checkLength(key)
    const jwk = { ...key, ...commentary(published, rows) }
    const wasPrivate = privateMembers.some((member) => Object.hasOwn(published, member))
    const admitted = new PublicKey(jwk, rows, await calculateJwkThumbprint(key), wasPrivate)
    checkStrength(await admitted.cryptoKey(rows[0]?.alg ?? ''))
    return admitted
  }

  serves(alg: string): boolean {
    return this.#rows.some((row) => row.alg === alg || row.alias === alg)
  }

  /** A promise while the key is imported for the algorithm, the key itself from then on. */
  cryptoKey(alg: string): CryptoKey | Promise<CryptoKey> {
    const imported = this.#imported.get(alg)
    if (imported !== undefined) return imported
    const importing = this.#import(alg)
    this.#imported.set(alg, importing)
    return importing
  }

  /** What users see of it. Its age is not known, only that it is published now. */
  async describe(): Promise<KeyRef> {
    const { kid = this.thumbprint } = this
    const named = parsePublishedKid(kid) ?? { kid, version: 1 }
    const [row] = this.#rows
    const publicKey = await this.cryptoKey(row?.alg ?? '')
    return new KeyRef({
      ...named,
      publishedKid: kid,
      alg: row?.alg ?? '',
      curve: this.jwk.crv,
      uses: ['verify'],
      exportPolicy: 'public-only',
      state: 'active',
      createdAt: Date.now(),
      label: undefined,
      tags: {},
      fingerprint: this.thumbprint,
      publicJwk: this.jwk,
      publicKey,
      keyFor(use) {
        if (use === 'verify') return publicKey
        throw new KeyUseError(`a remote key is not for \`${use}\``)
      },
      material: () => undefined,
    })
  }

  async #import(alg: string): Promise<CryptoKey> {
    try {
      const key = (await importJWK({ ...this.jwk, alg }, alg)) as CryptoKey
      this.#imported.set(alg, key)
      return key
    } catch {
      // What the runtime says of it may quote it.
      throw new Error('the key is malformed, or this version of Node cannot do its algorithm')
    }
  }
}

/** The algorithms that the key may serve: the one it names, or else all signature algorithms of its type. */
function rowsOf(published: Readonly<Record<string, unknown>>): readonly Algorithm[] {
  const { kty, crv, alg, use, key_ops: operations, kid } = published
  if (kid !== undefined && typeof kid !== 'string') throw new Error('`kid` is not a string')
  if (use !== undefined && use !== 'sig') throw new Error('`use` is not sig')
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    throw new Error('`key_ops` does not include verify')
  if (kty === 'oct') throw new Error('a symmetric key has no place in a JWKS')
  const possible = algorithmsFor(kty, crv).filter((row) => row.use === 'sig')
  if (possible.length === 0) throw new Error('`kty` and `crv` name no key that verifies signatures')
  if (alg === undefined) return possible
  const named = possible.filter((row) => row.alg === alg)
  if (named.length === 0) throw new Error('`alg` does not fit `kty`')
  return named
}

function pick(published: Readonly<Record<string, unknown>>, members: readonly string[]): JWK {
  const picked: Record<string, string> = {}
  for (const member of members) {
    const value = published[member]
    if (typeof value !== 'string' || value === '') throw new Error(`\`${member}\` is missing`)
    picked[member] = value
  }
  return picked
}

/** Before OpenSSL looks at them: of longer numbers it keeps an error, and gives it to whoever asks for something else next. */
function checkLength({ n = '', e = '' }: JWK): void {
  const isLonger = [n, e].some((number) => Buffer.byteLength(number, 'base64url') * 8 > rsaBits.most)
  if (isLonger) throw new Error(`the RSA modulus or exponent is longer than ${rsaBits.most} bits`)
}

/** RFC 7518 §3.3: 2048 bits. With the exponent 1 a signature is its own message: whoever reads the key can sign. */
function checkStrength({ algorithm }: CryptoKey): void {
  const { modulusLength, publicExponent } = algorithm as { modulusLength?: number; publicExponent?: Uint8Array }
  if (modulusLength !== undefined && modulusLength < 2048) throw new Error('the RSA modulus is shorter than 2048 bits')
  if (publicExponent?.every((octet, index, { length }) => octet === (index === length - 1 ? 1 : 0)) === true) {
    throw new Error('the RSA exponent is 1')
  }
}

function commentary({ kid }: Readonly<Record<string, unknown>>, rows: readonly Algorithm[]): JWK {
  const [only, another] = rows
  return {
    ...(typeof kid === 'string' && { kid }),
    ...(only !== undefined && another === undefined && { alg: only.alg }),
    use: 'sig',
  }
}
