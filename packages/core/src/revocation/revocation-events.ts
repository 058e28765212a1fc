import type { ReplicaEvents } from '../replication/replica-events.ts'
import type { IdentifierKind } from './identifier.ts'
import { always, type RevocationEntry } from './revocation-record.ts'

/** A revocation. Times are in milliseconds since the epoch. */
export interface Revocation {
  readonly kind: IdentifierKind
  /** A digest of the kind, the issuer and the identifier, instead of the identifier itself. */
  readonly digest: string
  /** True if it is limited to the tokens of one issuer. */
  readonly isForOneIssuer: boolean
  /** Tokens that were issued later are accepted. Undefined: all tokens are refused. */
  readonly issuedBefore: number | undefined
  /** When it ends: a minute after the `until` that was given. */
  readonly until: number
}

/** The events of {@link Revocations}. Durations are in seconds. */
export interface RevocationEvents extends ReplicaEvents {
  /** The store was read. */
  refreshed: [{ entries: number }]
  /**
   * The store was emptied, replaced or restored from a backup. `lost`: how many revocations this instance knows and the store
   * does not have any more. This instance keeps them, and others may not know them: see {@link Revocations.restore}.
   */
  storeReset: [{ store: string; lost: number }]
  /** Tokens were revoked, by this instance or another one. Not emitted for what the first read finds. */
  revoked: [Revocation]
}

export function revocationOf({ kind, digest, isForOneIssuer, issuedUntil, until }: RevocationEntry): Revocation {
  const issuedBefore = issuedUntil === always ? undefined : issuedUntil * 1000
  return { kind, digest, isForOneIssuer, issuedBefore, until: until * 1000 }
}
