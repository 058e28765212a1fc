import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { LRUCache } from 'lru-cache'
import { type Algorithm, algorithmNamed } from '../../algorithms.ts'
import { type Clock, systemClock } from '../../clock.ts'
import { defaulting, having, readOptions } from '../../configuration/options.ts'
import { InvalidKeyError, KeyNotFoundError, UnsupportedAlgorithmError } from '../../errors.ts'
import type { KeyProvider, KeySpec, KeySpecOverrides, PublicJwkSet } from '../key-provider.ts'
import type { KeyRef } from '../key-ref.ts'
import type { KeyHint, SigningKey, VerificationKey } from '../key-roles.ts'
import { VersionedKids } from '../versioned-kids.ts'
import { generateKey } from './generate-key.ts'
import { KeyVersion } from './key-version.ts'

/** The versions of one kid, of which some may still be in the making. */
interface Family {
  readonly kid: string
  /** The highest version number that was given. */
  latest: number
}

export interface LocalKeyProviderOptions {
  /** Default: the system's clock. */
  clock?: Clock
}

/**
 * Keys that live in this process and nowhere else.
 *
 * ```ts
 * import { LocalKeyProvider } from '@bearerkit/core'
 *
 * const keys = new LocalKeyProvider()
 * const orders = await keys.createKey({ alg: 'ES256', kid: 'orders' })
 * console.log(orders.publishedKid) // orders.1
 * await keys.rotateKey('orders') // signs as orders.2; orders.1 still verifies
 * ```
 */
export class LocalKeyProvider implements KeyProvider {
  readonly #clock: Clock
  readonly #keys = new VersionedKids<KeyVersion>()
  readonly #families = new Map<string, Family>()
  /** The highest version of kids that are gone: were `orders.1` given twice, verifiers that know the first would refuse the second. */
  readonly #versionsGone = new LRUCache<string, number>({ max: 10_000 })
  #published: PublicJwkSet | undefined

  constructor(options: LocalKeyProviderOptions = {}) {
    this.#clock = readOptions<{ clock: Clock }>('LocalKeyProvider', options, {
      clock: defaulting(having<Clock>('now'), systemClock),
    }).clock
  }

  async createKey(spec: KeySpec): Promise<KeyRef> {
    const kid = spec.kid ?? randomUUID()
    if (this.#families.has(kid))
      throw new InvalidKeyError('kid: there is a key of that name: rotate it, or destroy it first')
    const family: Family = { kid, latest: this.#versionsGone.get(kid) ?? 0 }
    this.#families.set(kid, family)
    try {
      return await this.#addVersion(family, spec)
    } finally {
      this.#forgetIfEmpty(family)
    }
  }

  async rotateKey(kid: string, overrides: KeySpecOverrides = {}): Promise<KeyRef> {
    const newest = this.#find(kid)
    return this.#addVersion(this.#familyOf(newest.kid), { ...newest.spec, ...overrides })
  }

  async destroyKey(kid: string, version?: number): Promise<boolean> {
    const doomed = this.#versionsOf(kid).filter((one) => version === undefined || one.version === version)
    for (const one of doomed) this.#keys.delete(one.publishedKid)
    this.#published = undefined
    if (doomed.length > 0) this.#forgetIfEmpty(this.#familyOf(kid))
    return doomed.length > 0
  }

  async getKey(kid: string, version?: number): Promise<KeyRef> {
    return this.#find(kid, version).describe(this.#clock.now())
  }

  async listVersions(kid: string): Promise<number[]> {
    return this.#keys.versions(kid)
  }

  async getPublicJwk(kid: string, version?: number): Promise<JWK> {
    const { publicJwk } = this.#find(kid, version)
    if (publicJwk === undefined) throw new KeyNotFoundError('the key is symmetric: it has no public part')
    return { ...publicJwk }
  }

  async jwks(options: { prefixKids?: string } = {}): Promise<PublicJwkSet> {
    const { prefixKids } = options
    this.#published ??= { keys: this.#publicJwks() }
    if (prefixKids === undefined) return this.#published
    return { keys: this.#published.keys.filter((jwk) => jwk.kid?.startsWith(prefixKids)) }
  }

  /** What {@link JwksEndpoint} serves. */
  publishedJwks(): Promise<PublicJwkSet> {
    return this.jwks()
  }

  /** Whether there is such a key. */
  has(kid: string, version?: number): boolean {
    return this.#keys.lookUp(kid, version) !== undefined
  }

  async refresh(): Promise<void> {
    // Nothing to fetch: the keys are here.
  }

  async signingKey(kid?: string): Promise<SigningKey> {
    const now = this.#clock.now()
    const candidates = kid === undefined ? this.#keys.values() : this.#namedBy(kid)
    let newest: KeyVersion | undefined
    for (const key of candidates) {
      if (key.maySign(now) && key.isNewerThan(newest)) newest = key
    }
    if (newest === undefined) throw new KeyNotFoundError('there is no active key that may sign')
    return { kid: newest.publishedKid, alg: newest.row.alg, privateKey: newest.signingKey }
  }

  verificationKeys(hint: KeyHint): readonly VerificationKey[] {
    const candidates = hint.kid === undefined ? [...this.#keys.values()] : [this.#keys.get(hint.kid)]
    return candidates.filter((key) => key !== undefined && key.mayVerify(hint.alg)) as KeyVersion[]
  }

  trusts(key: VerificationKey): boolean {
    return key instanceof KeyVersion && this.#keys.get(key.publishedKid) === key
  }

  async #addVersion(family: Family, spec: KeySpec): Promise<KeyRef> {
    const row = supported(spec.alg)
    const version = ++family.latest
    const material = await generateKey(row, spec.sizeBits)
    const thumbprint = await calculateJwkThumbprint(material.thumbprintInput)
    if (this.#families.get(family.kid) !== family) throw new KeyNotFoundError('the key was destroyed meanwhile')
    const now = this.#clock.now()
    const key = new KeyVersion({ row, spec, kid: family.kid, version, material, thumbprint, createdAt: now })
    this.#keys.set(key.publishedKid, key)
    this.#published = undefined
    this.#retireAllButNewest(family.kid, now)
    return key.describe(now)
  }

  /** By number, not by moment: of two rotations at once either can be done first. */
  #retireAllButNewest(kid: string, now: number): void {
    for (const older of this.#versionsOf(kid).slice(0, -1)) older.retireAt(now)
  }

  #find(kid: string, version?: number): KeyVersion {
    const key = this.#keys.lookUp(kid, version)
    if (key === undefined) throw new KeyNotFoundError('there is no such key, or no such version of it')
    return key
  }

  /** A published kid names one version, a kid all of its versions. */
  #namedBy(kid: string): KeyVersion[] {
    const one = this.#keys.get(kid)
    return one === undefined ? this.#versionsOf(kid) : [one]
  }

  #versionsOf(kid: string): KeyVersion[] {
    return this.#keys.versions(kid).map((version) => this.#find(kid, version))
  }

  #familyOf(kid: string): Family {
    const family = this.#families.get(kid)
    if (family === undefined) throw new KeyNotFoundError('there is no such key')
    return family
  }

  #forgetIfEmpty({ kid, latest }: Family): void {
    if (this.#keys.versions(kid).length > 0) return
    this.#families.delete(kid)
    this.#versionsGone.set(kid, latest)
  }

  #publicJwks(): JWK[] {
    return [...this.#keys.values()].flatMap((key) => (key.uses.includes('verify') ? (key.publicJwk ?? []) : []))
  }
}

function supported(alg: string): Algorithm {
  const row = algorithmNamed(alg)
  if (row === undefined) throw new UnsupportedAlgorithmError('alg: not an algorithm of ours')
  return row
}
