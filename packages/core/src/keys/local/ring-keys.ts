import type { JWK } from 'jose'
import type { Clock } from '../../clock.ts'
import { KeyNotFoundError } from '../../errors.ts'
import type { PublicJwkSet } from '../key-specification.ts'
import type { KeyRef } from '../key-ref.ts'
import type {
  JwksPublisher,
  KeyHint,
  SigningKey,
  SigningKeys,
  VerificationKey,
  VerificationKeys,
} from '../key-roles.ts'
import { type HkdfParameters, hkdf, randomBytes } from './material/derivation.ts'
import { retainForOf } from './ring/family.ts'
import type { KeyRing } from './ring/key-ring.ts'
import { KeyVersion } from './ring/key-version.ts'
import { LocalSigningKey } from './local-signing-key.ts'
import { type Support, supportedAlgorithms } from './material/runtime-support.ts'

const features = Object.freeze(['create', 'import', 'rotate', 'destroy', 'export', 'jwks', 'random', 'hkdf'])

/** What is read from a ring of keys, without waiting for anything. Where the keys come from is for subclasses to say. */
export abstract class RingKeys implements SigningKeys, VerificationKeys, JwksPublisher {
  readonly #ring: KeyRing
  readonly #clock: Clock

  constructor(ring: KeyRing, clock: Clock) {
    this.#ring = ring
    this.#clock = clock
  }

  async getKey(kid: string, version?: number, options: { includeSecret?: boolean } = {}): Promise<KeyRef> {
    return this.#ring.find(kid, version).describe({ includeSecret: options.includeSecret === true })
  }

  async listVersions(kid: string): Promise<number[]> {
    return this.#ring.versionsOf(kid).map((key) => key.version)
  }

  async getPublicJwk(kid: string, version?: number): Promise<JWK> {
    const { publicJwk } = this.#ring.find(kid, version)
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

  async signingKey(kid?: string): Promise<SigningKey> {
    const key = this.#ring.newestSigning(kid)
    if (key === undefined) throw new KeyNotFoundError('there is no active key that may sign')
    const retainedUntil = Math.min(key.destroysAt, this.#clock.now() + retainForOf(this.#ring.family(key.kid)))
    return new LocalSigningKey(key, retainedUntil)
  }

  verificationKeys({ kid, alg }: KeyHint): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    return this.keysAtHand({ kid, alg })
  }

  /** The keys in the ring that can have made a signature under this header. Never waits. */
  keysAtHand({ kid, alg }: KeyHint): readonly VerificationKey[] {
    if (kid === undefined) return this.#ring.forAlgorithm(alg).filter((key) => key.mayVerify(alg))
    const key = this.#ring.named(kid)
    return key?.mayVerify(alg) === true ? [key] : []
  }

  explainAbsence({ kid, alg }: KeyHint): string | undefined {
    const key = kid === undefined ? undefined : this.#ring.named(kid)
    if (key === undefined || key.mayVerify(alg)) return undefined
    return `the key with this \`kid\` is ${key.uses.includes('verify') ? `for ${key.row.alg}` : 'not for `verify`'}`
  }

  trusts(key: VerificationKey, _now?: number): boolean {
    return key instanceof KeyVersion && this.#ring.named(key.publishedKid) === key
  }
}
