import { createPublicKey, type KeyObject } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { importJWK } from 'jose/key/import'
import type { Algorithm } from '../../../algorithms.ts'
import { KeyUseError } from '../../../errors.ts'
import { KeyRef } from '../../key-ref.ts'
import type { VerificationKey } from '../../key-roles.ts'
import { parsePublishedKid } from '../../versioned-kids.ts'
import { isKeyOf } from './key-issuer.ts'
import { type PublishedJwk, readPublishedJwk } from './published-jwk.ts'

/** A verification key out of somebody else's JWKS. */
export class PublicKey implements VerificationKey {
  readonly kid: string | undefined
  readonly thumbprint: string
  /** Equal for keys that are the same in every respect that matters here. */
  readonly identity: string
  /** The public part alone, with `kid`, `alg`, `use` and `issuer`. */
  readonly jwk: Readonly<JWK>
  /** Whether the private part was published with it. It was not kept. */
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
   * Admits a JWK, or says why not. A private JWK serves as its public part.
   *
   * @param acceptedUses the values of `use` that count as `sig`
   * @throws Error with the reason for setting the key aside
   */
  static async admit(candidate: unknown, acceptedUses: readonly string[] = []): Promise<PublicKey> {
    const published = readPublishedJwk(candidate, acceptedUses)
    const key = new PublicKey(published, await calculateJwkThumbprint(published.jwk))
    await key.#check()
    return key
  }

  /** The algorithms that the key may serve. */
  get algorithms(): readonly string[] {
    return this.#rows.map(({ alg }) => alg)
  }

  serves(alg: string): boolean {
    return this.#rows.some((row) => row.alg === alg || row.alias === alg)
  }

  /** Whether the key may verify tokens of this issuer: see {@link isKeyOf}. */
  isOf(issuer: string | undefined): boolean {
    return isKeyOf(this.#issuer, issuer)
  }

  /** A promise while the key is imported for the algorithm, the key itself from then on. */
  cryptoKey(alg: string): CryptoKey | Promise<CryptoKey> {
    const imported = this.#imported.get(alg)
    if (imported !== undefined) return imported
    const importing = this.#import(alg)
    this.#imported.set(alg, importing)
    return importing
  }

  /** The key for an algorithm that Web Cryptography does not have; undefined for all others. */
  keyObject(alg: string): KeyObject | undefined {
    if (!this.#rows.some((row) => row.alg === alg && row.isNodeOnly === true)) return undefined
    this.#keyObject ??= keyObjectOf(this.jwk)
    return this.#keyObject
  }

  /** What users see of it. Its age is not known, only that it is published now. */
  async describe(): Promise<KeyRef> {
    const { kid = this.thumbprint } = this
    const named = parsePublishedKid(kid) ?? { kid, version: 1 }
    const [row] = this.#rows
    const publicKey = row?.isNodeOnly === true ? undefined : await this.cryptoKey(row?.alg ?? '')
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
        if (use !== 'verify') throw new KeyUseError(`a remote key is not for \`${use}\``)
        if (publicKey === undefined) throw new KeyUseError(`Web Cryptography has no keys for ${row?.alg}`)
        return publicKey
      },
      material: () => undefined,
    })
  }

  async #check(): Promise<void> {
    const [row] = this.#rows
    if (row?.isNodeOnly === true) this.keyObject(row.alg)
    else checkStrength(await this.cryptoKey(row?.alg ?? ''))
  }

  async #import(alg: string): Promise<CryptoKey> {
    try {
      const key = (await importJWK({ ...this.jwk, alg }, alg)) as CryptoKey
      this.#imported.set(alg, key)
      return key
    } catch {
      throw unusable()
    }
  }
}

function keyObjectOf(jwk: JWK): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw unusable()
  }
}

/** Without the runtime's own words, which may quote the key. */
function unusable(): Error {
  return new Error('the key is malformed, or this version of Node cannot do its algorithm')
}

/** RFC 7518 §3.3: 2048 bits. With the exponent 1 a signature is its own message: whoever reads the key can sign. */
function checkStrength({ algorithm }: CryptoKey): void {
  const { modulusLength, publicExponent } = algorithm as { modulusLength?: number; publicExponent?: Uint8Array }
  if (modulusLength !== undefined && modulusLength < 2048) throw new Error('the RSA modulus is shorter than 2048 bits')
  if (publicExponent?.every((octet, index, { length }) => octet === (index === length - 1 ? 1 : 0)) === true) {
    throw new Error('the RSA exponent is 1')
  }
}
