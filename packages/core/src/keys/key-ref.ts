import type { CryptoKey, JWK } from 'jose'
import type { KeyUse } from '../algorithms.ts'
import type { ExportPolicy } from './key-specification.ts'
import type { SecretMaterial } from './local/material/key-material.ts'

/**
 * `pending`: published, does not sign yet; `active`: signs; `retired`: published, only verifies; `destroyed`: deleted.
 */
export type KeyState = 'pending' | 'active' | 'retired' | 'destroyed'

export interface KeyRefParts {
  readonly kid: string
  readonly version: number
  readonly publishedKid: string
  readonly alg: string
  readonly curve: string | undefined
  readonly uses: readonly KeyUse[]
  readonly exportPolicy: ExportPolicy
  readonly state: KeyState
  readonly createdAt: number
  readonly activatesAt: number
  readonly retiresAt: number
  readonly label: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly fingerprint: string
  readonly publicJwk: Readonly<JWK> | undefined
  readonly publicKey: CryptoKey | undefined
  readonly keyFor: (use: KeyUse) => CryptoKey
  readonly material: () => SecretMaterial | undefined
}

/**
 * One version of a key. Its properties show the state at the time of the call that returned it; {@link KeyRef.keyFor}
 * checks the current state.
 *
 * ```ts
 * import { LocalKeyProvider } from '@bearerkit/core'
 * import { CompactEncrypt } from 'jose'
 *
 * const keys = new LocalKeyProvider()
 * const mail = await keys.createKey({ alg: 'A256GCM', kid: 'mail' })
 * const jwe = await new CompactEncrypt(new TextEncoder().encode('hello'))
 *   .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: mail.publishedKid })
 *   .encrypt(mail.keyFor('encrypt'))
 * ```
 */
export class KeyRef {
  readonly kid: string
  readonly version: number
  /** The `kid` in the JWKS and in token headers: `kid.version`, or the name given at import. */
  readonly publishedKid: string
  /** The JOSE name of the key's only algorithm. */
  readonly alg: string
  readonly curve: string | undefined
  readonly uses: readonly KeyUse[]
  readonly exportPolicy: ExportPolicy
  readonly state: KeyState
  readonly createdAt: Date
  /** When it signs from, by what is scheduled now; undefined if it was active from the start. */
  readonly activatesAt: Date | undefined
  /** When it stops signing, by what is scheduled now. */
  readonly retiresAt: Date | undefined
  readonly label: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /**
   * Identifies the key material. For a key pair it is the RFC 7638 thumbprint: base64url SHA-256 over the public key's
   * required members. For a symmetric key it is a keyed digest that differs in every process, so it reveals nothing
   * about the secret.
   */
  readonly fingerprint: string
  /** The public JWK, as published. Undefined for symmetric keys, and under the export policy `none`. */
  readonly publicJwk: Readonly<JWK> | undefined
  readonly #parts: KeyRefParts

  constructor(parts: KeyRefParts) {
    this.kid = parts.kid
    this.version = parts.version
    this.publishedKid = parts.publishedKid
    this.alg = parts.alg
    this.curve = parts.curve
    this.uses = parts.uses
    this.exportPolicy = parts.exportPolicy
    this.state = parts.state
    this.createdAt = new Date(parts.createdAt)
    this.activatesAt = Number.isFinite(parts.activatesAt) ? new Date(parts.activatesAt) : undefined
    this.retiresAt = Number.isFinite(parts.retiresAt) ? new Date(parts.retiresAt) : undefined
    this.label = parts.label
    this.tags = Object.freeze({ ...parts.tags })
    this.fingerprint = parts.fingerprint
    this.publicJwk = parts.publicJwk
    this.#parts = parts
    Object.freeze(this)
  }

  /** The public half, for encryption or key agreement. Undefined for symmetric keys. */
  get publicKey(): CryptoKey | undefined {
    return this.#parts.publicKey
  }

  /**
   * Returns the secret. Undefined unless this reference comes from `getKey(…, { includeSecret: true })`, the export
   * policy allows it, and the key is not destroyed. It is a method because inspection can run getters.
   */
  material(): SecretMaterial | undefined {
    return this.#parts.material()
  }

  /**
   * Returns the CryptoKey for one use, for jose and Web Cryptography. Every call checks the current state of the key:
   * an older reference does not sign once the key is retired, and does nothing once it is destroyed. A returned
   * CryptoKey cannot be revoked, so call this method each time.
   *
   * @throws KeyUseError if the key is not for that use, or its state forbids it
   * @throws ExportForbiddenError if the export policy is `none` and the use needs the secret of a signing key
   */
  keyFor(use: KeyUse): CryptoKey {
    return this.#parts.keyFor(use)
  }

  /** Returns only the public properties, so that logging a reference reveals no secret. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this))
  }
}
