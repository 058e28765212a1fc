import type { CryptoKey, JWK } from 'jose'
import type { Algorithm, KeyUse } from '../../../algorithms.ts'
import type { Clock } from '../../../clock.ts'
import { ExportForbiddenError, KeyUseError } from '../../../errors.ts'
import type { KeySpec } from '../../key-specification.ts'
import { KeyRef, type KeyState } from '../../key-ref.ts'
import type { VerificationKey } from '../../key-roles.ts'
import { publishedKid } from '../../versioned-kids.ts'
import type { KeyMaterial } from '../material/key-material.ts'
import type { Schedule, Term } from './schedule.ts'

export interface KeyVersionParts {
  readonly kid: string
  readonly version: number
  /** Default: `kid.version`. */
  readonly publishedKid?: string | undefined
  readonly row: Algorithm
  /** The specification it was made from: a rotation starts from it. */
  readonly spec: KeySpec
  readonly uses: readonly KeyUse[]
  readonly material: KeyMaterial
  /** What is handed out goes by the state that the key has when it is used. */
  readonly clock: Clock
  readonly createdAt: number
  /** Default: it always was. */
  readonly activatesAt?: number | undefined
  /** When it retires, if no higher version starts before. Default: never. */
  readonly retiresAt?: number | undefined
}

/** Uses that make something new, which only an active key does. The others must also work on what older keys made. */
const activeUses: ReadonlySet<KeyUse> = new Set<KeyUse>(['sign', 'encrypt', 'wrapKey'])

/**
 * One version of a local key: its material, and the moments at which its state changes. The state follows from the
 * clock alone, so that no timer has to run for it: a process that slept wakes up in the right state.
 */
export class KeyVersion implements VerificationKey {
  readonly kid: string
  readonly version: number
  readonly publishedKid: string
  readonly row: Algorithm
  readonly spec: KeySpec
  readonly uses: readonly KeyUse[]
  readonly createdAt: number
  readonly term: Term
  readonly thumbprint: string
  /** As published: with `kid`, `alg` and `use`. Absent for symmetric keys. */
  readonly publicJwk: Readonly<JWK> | undefined
  readonly #material: KeyMaterial
  readonly #clock: Clock
  #schedule: Schedule

  constructor(parts: KeyVersionParts) {
    const { kid, version, row, spec, uses, material, createdAt, activatesAt = -Infinity, retiresAt = Infinity } = parts
    this.kid = kid
    this.version = version
    this.publishedKid = parts.publishedKid ?? publishedKid(kid, version)
    this.row = row
    this.spec = spec
    this.uses = Object.freeze([...uses])
    this.createdAt = createdAt
    this.term = Object.freeze({ version, createdAt, activatesAt, retiresAt, destroyedAt: Infinity })
    this.#schedule = { activatesAt, startsAt: Math.max(activatesAt, createdAt), retiresAt, destroysAt: Infinity }
    this.thumbprint = material.thumbprint
    this.#material = material
    this.#clock = parts.clock
    const { publicJwk } = material
    this.publicJwk = publicJwk && Object.freeze({ ...publicJwk, kid: this.publishedKid, alg: row.alg, use: row.use })
  }

  /** When it takes over from lower versions. */
  get startsAt(): number {
    return this.#schedule.startsAt
  }

  get destroysAt(): number {
    return this.#schedule.destroysAt
  }

  /** From when on it signs, retires, and is gone. */
  schedule(schedule: Schedule): void {
    this.#schedule = schedule
  }

  /** It is gone, and so is everything that was handed out of it and comes back here to be used. */
  destroy(): void {
    this.#schedule = { ...this.#schedule, destroysAt: -Infinity }
  }

  stateAt(now: number): KeyState {
    const { activatesAt, retiresAt, destroysAt } = this.#schedule
    if (now >= destroysAt) return 'destroyed'
    if (now >= retiresAt) return 'retired'
    return now >= activatesAt ? 'active' : 'pending'
  }

  /** The next moment at which the state changes. */
  changesAfter(now: number): number {
    const { activatesAt, retiresAt, destroysAt } = this.#schedule
    return Math.min(...[activatesAt, retiresAt, destroysAt].filter((moment) => moment > now), Infinity)
  }

  mayVerify(alg: string): boolean {
    return this.uses.includes('verify') && (alg === this.row.alg || alg === this.row.alias)
  }

  maySign(now: number): boolean {
    return this.uses.includes('sign') && this.stateAt(now) === 'active'
  }

  /** Whether it belongs in a JWKS: what others verify with, or encrypt to. RFC 8037 §2: agreement keys are public too. */
  get isPublishable(): boolean {
    const forOthers: readonly KeyUse[] = ['verify', 'encrypt', 'wrapKey', 'deriveKey', 'deriveBits']
    return this.publicJwk !== undefined && this.uses.some((use) => forOthers.includes(use))
  }

  cryptoKey(): CryptoKey {
    return this.#material.keyFor('verify')
  }

  /**
   * The signature or MAC as a JWS has it: RFC 7515 §5.1.
   *
   * @throws KeyUseError if the key is not for signing, or destroyed
   */
  async sign(input: Uint8Array): Promise<Uint8Array> {
    this.#mustExist('sign')
    return this.#material.sign(input)
  }

  /**
   * The key itself, for those that use it by other means.
   *
   * @throws KeyUseError if the key is not for that use, or not in a state for it
   * @throws ExportForbiddenError if the policy keeps it in, and there is another way to use it
   */
  keyFor(use: KeyUse): CryptoKey {
    const state = this.#mustExist(use)
    if (state !== 'active' && activeUses.has(use)) throw new KeyUseError(`the key is ${state}: it does not ${use}`)
    const key = this.#material.keyFor(use)
    if (key.type === 'public' || this.row.use === 'enc' || this.spec.exportPolicy !== 'none') return key
    throw new ExportForbiddenError(
      'the export policy `none` keeps the key in: sign with a TokenIssuer, or with `sign` of what signingKey() answers',
    )
  }

  /** What users see of it, as it stands now. */
  describe(options: { includeSecret: boolean }): KeyRef {
    const material = options.includeSecret ? this.#material.exportSecret() : undefined
    return new KeyRef({
      kid: this.kid,
      version: this.version,
      publishedKid: this.publishedKid,
      alg: this.row.alg,
      curve: this.publicJwk?.crv,
      uses: this.uses,
      exportPolicy: this.spec.exportPolicy ?? 'public-only',
      state: this.#state,
      createdAt: this.createdAt,
      activatesAt: this.#schedule.activatesAt,
      retiresAt: this.#schedule.retiresAt,
      label: this.spec.label,
      tags: this.spec.tags ?? {},
      fingerprint: this.thumbprint,
      publicJwk: this.spec.exportPolicy === 'none' ? undefined : this.publicJwk,
      publicKey: this.#material.publicKey,
      keyFor: (use) => this.keyFor(use),
      material: () => (this.#state === 'destroyed' ? undefined : material),
    })
  }

  get #state(): KeyState {
    return this.stateAt(this.#clock.now())
  }

  #mustExist(use: KeyUse): KeyState {
    const state = this.#state
    if (state === 'destroyed') throw new KeyUseError(`the key is destroyed: it does not ${use}`)
    return state
  }
}
