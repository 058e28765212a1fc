import type { CryptoKey, JWK } from 'jose'
import type { Algorithm, KeyUse } from '../../algorithms.ts'
import type { ExportPolicy, KeySpec } from '../key-provider.ts'
import type { KeyRef, KeyState } from '../key-ref.ts'
import type { VerificationKey } from '../key-roles.ts'
import { publishedKid } from '../versioned-kids.ts'
import type { KeyMaterial } from './generate-key.ts'

interface KeyVersionParts {
  readonly row: Algorithm
  readonly spec: KeySpec
  readonly kid: string
  readonly version: number
  readonly material: KeyMaterial
  readonly thumbprint: string
  readonly createdAt: number
}

/** One version of a local key: its material, and the moments at which its state changes. */
export class KeyVersion implements VerificationKey {
  readonly kid: string
  readonly version: number
  readonly row: Algorithm
  readonly thumbprint: string
  readonly uses: readonly KeyUse[]
  /** The specification it was made from: a rotation starts from it. */
  readonly spec: Readonly<KeySpec>
  readonly createdAt: number
  /** As published: with `kid`, `alg` and `use`. Absent for symmetric keys. */
  readonly publicJwk: Readonly<JWK> | undefined
  readonly #material: KeyMaterial
  #retiresAt = Number.POSITIVE_INFINITY

  constructor({ row, spec, kid, version, material, thumbprint, createdAt }: KeyVersionParts) {
    this.kid = kid
    this.version = version
    this.row = row
    this.spec = spec
    this.uses = spec.uses ?? row.uses
    this.thumbprint = thumbprint
    this.createdAt = createdAt
    this.#material = material
    this.publicJwk =
      material.publicJwk && Object.freeze({ ...material.publicJwk, kid: this.publishedKid, alg: row.alg, use: row.use })
  }

  get publishedKid(): string {
    return publishedKid(this.kid, this.version)
  }

  get signingKey(): CryptoKey {
    return this.#material.signingKey
  }

  cryptoKey(): CryptoKey {
    return this.#material.verificationKey
  }

  /** From this moment on the version verifies, and does not sign. */
  retireAt(moment: number): void {
    this.#retiresAt = Math.min(this.#retiresAt, moment)
  }

  stateAt(now: number): KeyState {
    return now >= this.#retiresAt ? 'retired' : 'active'
  }

  mayVerify(alg: string): boolean {
    return this.uses.includes('verify') && (alg === this.row.alg || alg === this.row.alias)
  }

  maySign(now: number): boolean {
    return this.uses.includes('sign') && this.stateAt(now) === 'active'
  }

  isNewerThan(other: KeyVersion | undefined): boolean {
    return other === undefined || this.createdAt >= other.createdAt
  }

  describe(now: number): KeyRef {
    return Object.freeze({
      kid: this.kid,
      version: this.version,
      publishedKid: this.publishedKid,
      alg: this.row.alg,
      uses: this.uses,
      exportPolicy: this.spec.exportPolicy ?? ('public-only' satisfies ExportPolicy),
      state: this.stateAt(now),
      createdAt: new Date(this.createdAt),
      label: this.spec.label,
      tags: this.spec.tags ?? {},
      fingerprint: this.thumbprint,
      publicJwk: this.publicJwk,
    })
  }
}
