import type { JWK } from 'jose'
import type { KeyUse } from '../algorithms.ts'
import type { ExportPolicy } from './key-provider.ts'

/** `pending`: published, does not sign; `active`: signs; `retired`: published, only verifies; `destroyed`: gone. */
export type KeyState = 'pending' | 'active' | 'retired' | 'destroyed'

/** One version of a key, as it stands at the time of asking. It holds no secret. */
export interface KeyRef {
  readonly kid: string
  readonly version: number
  /** `kid.version`: the name in the JWKS and in token headers. */
  readonly publishedKid: string
  readonly alg: string
  readonly uses: readonly KeyUse[]
  readonly exportPolicy: ExportPolicy
  readonly state: KeyState
  readonly createdAt: Date
  readonly label: string | undefined
  readonly tags: Readonly<Record<string, string>>
  /** The RFC 7638 thumbprint: base64url SHA-256 over the key's required members. */
  readonly fingerprint: string
  /** Absent for symmetric keys. */
  readonly publicJwk: JWK | undefined
}
