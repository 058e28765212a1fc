import { randomUUID } from 'node:crypto'
import type { JWK } from 'jose'
import type { Algorithm } from '../../algorithms.ts'
import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { defaulting, having, readOptions } from '../../configuration/options.ts'
import { KeyNotFoundError } from '../../errors.ts'
import type { KeyProvider } from '../key-provider.ts'
import type { ImportKeySpec, KeySpec, PublicJwkSet, RotationOptions } from '../key-specification.ts'
import type { KeyRef } from '../key-ref.ts'
import type { JwksPublisher, KeyHint, SigningKey, VerificationKey } from '../key-roles.ts'
import { parsePublishedKid } from '../versioned-kids.ts'
import { type HkdfParameters, hkdf, randomBytes } from './material/derivation.ts'
import { generateKey } from './material/generate-key.ts'
import { importKey, type RawKeyFor } from './material/import-key.ts'
import { rowFor } from './material/key-fitness.ts'
import { KeyMaterial } from './material/key-material.ts'
import { type Family, retainForOf } from './ring/family.ts'
import { KeyRing } from './ring/key-ring.ts'
import { nextSpec, readImportSpec, readKeySpec, readRotation } from './key-spec.ts'
import { KeyVersion } from './ring/key-version.ts'
import { LocalSigningKey } from './local-signing-key.ts'
import type { ImportableKey } from './material/read-key.ts'
import { type Support, supportedAlgorithms } from './material/runtime-support.ts'

export interface LocalKeyProviderOptions {
  /** Default: the system's clock. */
  clock?: Clock
}

/** How a version joins its family. */
interface NewVersion {
  readonly version: number
  /** Default: `kid.version`. */
  readonly publishedKid?: string | undefined
  /** In milliseconds. Default: it is active at once. */
  readonly activateAfter?: number | undefined
  /** How long versions of the family stay once they retire, in milliseconds. Default: as before. */
  readonly retainFor?: number | undefined
}

const features = Object.freeze(['create', 'import', 'rotate', 'destroy', 'export', 'jwks', 'random', 'hkdf'])

/**
 * Keys that live in this process and nowhere else.
 *
 * ```ts
 * import { LocalKeyProvider } from '@bearerkit/core'
 *
 * const keys = new LocalKeyProvider()
 * const orders = await keys.createKey({ alg: 'ES256', kid: 'orders' })
 * console.log(orders.publishedKid) // orders.1
 * await keys.rotateKey('orders', { activateAfter: '1h', retainFor: '1d' }) // signs as orders.2 in an hour
 * ```
 */
export class LocalKeyProvider implements KeyProvider, JwksPublisher {
  readonly #clock: Clock
  readonly #ring: KeyRing

  constructor(options: LocalKeyProviderOptions = {}) {
    const readers = { clock: defaulting(having<Clock>('now'), systemClock) }
    this.#clock = readOptions<{ clock: Clock }>('LocalKeyProvider', options, readers).clock
    this.#ring = new KeyRing(this.#clock)
  }

  async createKey(spec: KeySpec): Promise<KeyRef> {
    const checked = readKeySpec(spec)
    const row = rowFor(checked)
    return this.#firstVersion(this.#ring.open(checked.kid ?? randomUUID()), checked, freshKey(row, checked))
  }

  async importKey(
    spec: ImportKeySpec,
    material: ImportableKey,
    options: { publicKey?: ImportableKey } = {},
  ): Promise<KeyRef> {
    const { spec: checked, keptName } = readImportSpec(spec)
    const imported = importKey(checked, material, options.publicKey)
    // A rotation makes another key like this one.
    const { curve, sizeBits, uses } = imported
    const like = { ...checked, curve, sizeBits, uses }
    const kid = checked.kid ?? (await this.#kidFor(like, imported))
    return this.#firstVersion(this.#ring.open(kid, keptName), like, async () => imported)
  }

  async rotateKey(kid: string, options: RotationOptions = {}): Promise<KeyRef> {
    const { activateAfter, retainFor, ...overrides } = readRotation(options)
    const newest = this.#find(this.#find(kid).kid)
    const family = this.#ring.family(newest.kid)
    const spec = nextSpec(newest.spec, newest.row, overrides)
    const row = rowFor(spec)
    // The number is given before the key is made: of rotations at once, the last one asked for has the highest.
    const version = ++family.latest
    return this.#addVersion(family, { version, activateAfter, retainFor }, spec, freshKey(row, spec))
  }

  async destroyKey(kid: string, version?: number): Promise<boolean> {
    const doomed =
      version === undefined
        ? this.#ring.namedBy(kid)
        : this.#ring.versionsOf(kid).filter((key) => key.version === version)
    this.#ring.remove(doomed)
    return doomed.length > 0
  }

  async getKey(kid: string, version?: number, options: { includeSecret?: boolean } = {}): Promise<KeyRef> {
    return this.#find(kid, version).describe({ includeSecret: options.includeSecret === true })
  }

  async listVersions(kid: string): Promise<number[]> {
    return this.#ring.versionsOf(kid).map((key) => key.version)
  }

  async getPublicJwk(kid: string, version?: number): Promise<JWK> {
    const { publicJwk } = this.#find(kid, version)
    if (publicJwk === undefined) throw new KeyNotFoundError('the key is symmetric: it has no public part')
    return { ...publicJwk }
  }

  async jwks({ prefixKids }: { prefixKids?: string } = {}): Promise<PublicJwkSet> {
    const published = this.#ring.published()
    if (prefixKids === undefined) return published
    return { keys: published.keys.filter((jwk) => jwk.kid?.startsWith(prefixKids)) }
  }

  /** What {@link JwksEndpoint} serves. */
  async publishedJwks(): Promise<PublicJwkSet> {
    return this.#ring.published()
  }

  /** When, by what is scheduled now, a key changes its state next: milliseconds since the epoch, or Infinity. */
  nextKeyChange(): number {
    return this.#ring.nextChange()
  }

  async refresh(): Promise<void> {
    // Nothing to fetch: the keys are here.
  }

  async randomBytes(length: number): Promise<Uint8Array> {
    return randomBytes(length)
  }

  async hkdf(ikm: Uint8Array, parameters: HkdfParameters): Promise<Uint8Array> {
    return hkdf(ikm, parameters)
  }

  supports(): Support {
    return { ...supportedAlgorithms(), features }
  }

  /** Whether there is such a key. */
  has(kid: string, version?: number): boolean {
    return this.#ring.lookUp(kid, version) !== undefined
  }

  /**
   * Sets how long versions of a key still verify once they have retired. No token may be issued to live longer.
   *
   * @throws KeyNotFoundError
   * @throws InvalidKeyError if it is no duration
   */
  retain(kid: string, retainFor: Duration): void {
    this.#ring.retain(kid, readRotation({ retainFor }).retainFor ?? Number.POSITIVE_INFINITY)
  }

  async signingKey(kid?: string): Promise<SigningKey> {
    const key = this.#ring.newestSigning(kid)
    if (key === undefined) throw new KeyNotFoundError('there is no active key that may sign')
    const retainedUntil = Math.min(key.destroysAt, this.#clock.now() + retainForOf(this.#ring.family(key.kid)))
    return new LocalSigningKey(key, retainedUntil)
  }

  verificationKeys({ kid, alg }: KeyHint): readonly VerificationKey[] {
    if (kid === undefined) return this.#ring.forAlgorithm(alg).filter((key) => key.mayVerify(alg))
    const key = this.#ring.named(kid)
    return key?.mayVerify(alg) === true ? [key] : []
  }

  explainAbsence({ kid, alg }: KeyHint): string | undefined {
    const key = kid === undefined ? undefined : this.#ring.named(kid)
    if (key === undefined || key.mayVerify(alg)) return undefined
    return `the key with this \`kid\` is ${key.uses.includes('verify') ? `for ${key.row.alg}` : 'not for `verify`'}`
  }

  trusts(key: VerificationKey): boolean {
    return key instanceof KeyVersion && this.#ring.named(key.publishedKid) === key
  }

  /** The family closes again if its first version does not come about. */
  async #firstVersion(family: Family, spec: KeySpec, make: () => Promise<RawKeyFor>): Promise<KeyRef> {
    const { kid, keptName, latest } = family
    // An import that keeps `orders.3` for the kid `orders` is its version 3.
    const kept = keptName === undefined ? undefined : parsePublishedKid(keptName)
    const version = kept?.kid === kid ? kept.version : latest + 1
    family.latest = Math.max(latest, version)
    try {
      return await this.#addVersion(family, { version, publishedKid: keptName }, spec, make)
    } finally {
      this.#ring.close(family)
    }
  }

  async #addVersion(
    family: Family,
    { version, publishedKid, activateAfter = 0, retainFor }: NewVersion,
    spec: KeySpec,
    make: () => Promise<RawKeyFor>,
  ): Promise<KeyRef> {
    const made = await make()
    const material = await this.#materialOf(spec, made)
    if (!this.#ring.isOpen(family)) throw new KeyNotFoundError('the key was destroyed meanwhile')
    const now = this.#clock.now()
    const key = new KeyVersion({
      ...made,
      kid: family.kid,
      version,
      publishedKid,
      spec,
      material,
      clock: this.#clock,
      createdAt: now,
      ...(activateAfter > 0 && { activatesAt: now + activateAfter }),
    })
    this.#ring.add(key, retainFor)
    return key.describe({ includeSecret: false })
  }

  /** RFC 7638 §7: the thumbprint of a secret does not belong in the header of tokens. */
  async #kidFor(spec: KeySpec, imported: RawKeyFor): Promise<string> {
    return imported.row.kty === 'oct' ? randomUUID() : (await this.#materialOf(spec, imported)).thumbprint
  }

  #materialOf({ exportPolicy }: KeySpec, { row, raw, uses }: RawKeyFor): Promise<KeyMaterial> {
    return KeyMaterial.from(row, raw, uses, exportPolicy ?? 'public-only')
  }

  #find(kid: string, version?: number): KeyVersion {
    const key = this.#ring.lookUp(kid, version)
    if (key === undefined) throw new KeyNotFoundError('there is no such key, or no such version of it')
    return key
  }
}

function freshKey(row: Algorithm, spec: KeySpec): () => Promise<RawKeyFor> {
  return async () => ({ row, raw: await generateKey(row, spec), uses: spec.uses ?? row.uses })
}
