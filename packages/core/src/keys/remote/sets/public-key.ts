import type { KeyObject, webcrypto as types } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { type Algorithm, keyParameters } from '../../../algorithms.ts'
import { createPublicKey, webcrypto } from '../../../platform.ts'
import type { VerificationKey } from '../../key-roles.ts'
import { isKeyOf } from './key-issuer.ts'
import { type PublishedJwk, readPublishedJwk } from './published-jwk.ts'

/** A verification key from a remote JWKS. */
export class PublicKey implements VerificationKey {
  readonly kid: string | undefined
  readonly thumbprint: string
  /** Equal for keys with the same kid, `alg`, `issuer` and material. */
  readonly identity: string
  /** Only the public part, with `kid`, `alg`, `use` and `issuer`. */
  readonly jwk: Readonly<JWK>
  /** True if the private part was published too. It is discarded. */
  readonly wasPrivate: boolean
  readonly #issuer: string | undefined
  readonly #rows: readonly Algorithm[]
  readonly #imported = new Map<string, CryptoKey | Promise<CryptoKey>>()
  #keyObject: KeyObject | undefined

  private constructor({ jwk, rows, wasPrivate }: PublishedJwk, thumbprint: string) {
    this.kid = jwk.kid
    this.jwk = Object.freeze(jwk)
    this.thumbprint = thumbprint
    this.identity = JSON.stringify([jwk.kid, jwk.alg, jwk.issuer, thumbprint])
    this.wasPrivate = wasPrivate
    this.#issuer = jwk.issuer
    this.#rows = rows
  }

  /**
   * Creates a key from a JWK. Of a private JWK, only the public part is used.
   *
   * @param acceptedUses the values of `use` that are treated as `sig`
   * @throws Error with the reason for skipping the key
   */
  static async admit(candidate: unknown, acceptedUses: readonly string[] = []): Promise<PublicKey> {
    const published = readPublishedJwk(candidate, acceptedUses)
    const key = new PublicKey(published, await calculateJwkThumbprint(published.jwk))
    await key.#check()
    return key
  }

  /** The algorithms that the key may be used with. */
  get algorithms(): readonly string[] {
    return this.#rows.map(({ alg }) => alg)
  }

  serves(alg: string): boolean {
    return this.#rowFor(alg) !== undefined
  }

  /** Returns true if the key may verify tokens of this issuer: see {@link isKeyOf}. */
  isOf(issuer: string | undefined): boolean {
    return isKeyOf(this.#issuer, issuer)
  }

  /** Returns a promise while the key is imported for the algorithm, and the key itself afterwards. */
  cryptoKey(alg: string): CryptoKey | Promise<CryptoKey> {
    const imported = this.#imported.get(alg)
    if (imported !== undefined) return imported
    const importing = this.#import(alg)
    this.#imported.set(alg, importing)
    return importing
  }

  /** Returns the key for an algorithm that Web Cryptography does not support, and undefined for all others. */
  keyObject(alg: string): KeyObject | undefined {
    if (!this.#rows.some((row) => row.alg === alg && row.isNodeOnly === true)) return undefined
    this.#keyObject ??= keyObjectOf(this.jwk)
    return this.#keyObject
  }

  async #check(): Promise<void> {
    const [row] = this.#rows
    if (row?.isNodeOnly === true) this.keyObject(row.alg)
    else checkStrength(await this.cryptoKey(row?.alg ?? ''))
  }

  async #import(alg: string): Promise<CryptoKey> {
    const row = this.#rowFor(alg)
    const key = row && (await importKey(row, this.jwk).catch(() => undefined))
    if (key === undefined) throw unusable()
    this.#imported.set(alg, key)
    return key
  }

  #rowFor(alg: string): Algorithm | undefined {
    return this.#rows.find((row) => row.alg === alg || row.alias === alg)
  }
}

/**
 * Imports the key for one algorithm. The runtime gets `alg` only for the type AKP, which requires it (RFC 9964): for other
 * types it would compare it with its own names, and not every runtime knows both names of Ed25519.
 */
function importKey(row: Algorithm, { alg, ...jwk }: JWK): Promise<CryptoKey> {
  const stated = (row.kty === 'AKP' ? { ...jwk, alg } : jwk) as types.JsonWebKey
  return webcrypto.subtle.importKey('jwk', stated, keyParameters(row, jwk.crv), true, ['verify'])
}

function keyObjectOf(jwk: JWK): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw unusable()
  }
}

/** Returns the error for an unusable key, without the runtime's message, which may quote the key. */
function unusable(): Error {
  return new Error('the key is malformed, or this version of Node cannot do its algorithm')
}

/** RFC 7518 §3.3: at least 2048 bits. With the exponent 1, a signature equals its message, so anyone can sign. */
function checkStrength({ algorithm }: CryptoKey): void {
  const { modulusLength, publicExponent } = algorithm as { modulusLength?: number; publicExponent?: Uint8Array }
  if (modulusLength !== undefined && modulusLength < 2048) throw new Error('the RSA modulus is shorter than 2048 bits')
  if (publicExponent?.every((octet, index, { length }) => octet === (index === length - 1 ? 1 : 0)) === true) {
    throw new Error('the RSA exponent is 1')
  }
}
