import type { CryptoKey, JWK } from 'jose'
import type { KeyUse } from '../algorithms.ts'
import type { ExportPolicy } from './key-specification.ts'
import type { SecretMaterial } from './local/material/key-material.ts'

/** `pending`: published, does not sign; `active`: signs; `retired`: published, only verifies; `destroyed`: gone. */
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
  readonly label: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly fingerprint: string
  readonly publicJwk: Readonly<JWK> | undefined
  readonly publicKey: CryptoKey | undefined
  readonly keyFor: (use: KeyUse) => CryptoKey
  readonly material: () => SecretMaterial | undefined
}

/**
 * One version of a key, as it stood when it was asked for. What it is used for goes by how it stands now.
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
  /** The name in the JWKS and in token headers: `kid.version`, or the name that an import kept. */
  readonly publishedKid: string
  /** The JOSE name of the one algorithm that the key serves. */
  readonly alg: string
  readonly curve: string | undefined
  readonly uses: readonly KeyUse[]
  readonly exportPolicy: ExportPolicy
  readonly state: KeyState
  readonly createdAt: Date
  readonly label: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /**
   * Tells keys apart. Of a key pair the RFC 7638 thumbprint: base64url SHA-256 over the public key's required members.
   * Of a symmetric key a keyed digest that is another in every process, so that nothing can be learned from it.
   */
  readonly fingerprint: string
  /** As published. Absent for symmetric keys. */
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
    this.label = parts.label
    this.tags = Object.freeze({ ...parts.tags })
    this.fingerprint = parts.fingerprint
    this.publicJwk = parts.publicJwk
    this.#parts = parts
    Object.freeze(this)
  }

  /** The public half, to encrypt or agree with. Absent for symmetric keys. */
  get publicKey(): CryptoKey | undefined {
    return this.#parts.publicKey
  }

  /**
   * The secret itself. Only from `getKey(…, { includeSecret: true })`, where the export policy allows it, and only until
   * the key is destroyed; else undefined. A method, because inspection can be made to run getters.
   */
  material(): SecretMaterial | undefined {
    return this.#parts.material()
  }

  /**
   * The CryptoKey for one use, as jose and Web Cryptography take it. Its state is looked at in every call: a reference
   * that was taken before does not sign once the key is retired, and does nothing once it is destroyed. A CryptoKey that
   * was handed out cannot be called back: ask for it each time.
   *
   * @throws KeyUseError if the key is not for that use, or not in a state for it
   * @throws ExportForbiddenError if the export policy is `none`, and the use takes the secret of a signing key
   */
  keyFor(use: KeyUse): CryptoKey {
    return this.#parts.keyFor(use)
  }

  /** Shows what is public: secrets do not get into logs by way of what holds them. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this))
  }
}
