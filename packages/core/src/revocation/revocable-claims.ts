import { digestOf, fastHash, groupOf, type IdentifierKind, identifierKinds, markFrom } from './identifier.ts'
import { always, type RevocationEntry } from './revocation-record.ts'
import type { RevocationTable } from './revocation-table.ts'

/** The claims of a token that decide whether it is revoked. */
export interface RevocableClaims {
  readonly iss?: unknown
  readonly iat?: unknown
  readonly jti?: unknown
  readonly sid?: unknown
  readonly sub?: unknown
  readonly client_id?: unknown
}

/**
 * Returns true if an entry in the table applies to the token. Called for every token, so digests are computed only for a
 * token with the mark of a revoked identifier.
 *
 * @param now in seconds
 */
export function isRevokedIn(table: RevocationTable, claims: RevocableClaims, now: number): boolean {
  const iss = typeof claims.iss === 'string' ? claims.iss : undefined
  // By their names, in the order of the kinds: reading members by a computed name takes several times as long.
  const values: readonly unknown[] = [claims.jti, claims.sid, claims.sub, claims.client_id]
  let issuerHash: number | undefined
  for (let index = 0; index < identifierKinds.length; index += 1) {
    const [ofAny, ofOne] = [groupOf(index, false), groupOf(index, true)]
    const kind = identifierKinds[index] as IdentifierKind
    const value = values[index]
    if (typeof value !== 'string' || !(table.hasGroup(ofAny) || table.hasGroup(ofOne))) continue
    const hash = fastHash(value)
    if (table.hasGroup(ofAny)) {
      const mark = markFrom(ofAny, hash, 0)
      if (table.hasMark(mark) && applies(table.get(mark, digestOf({ kind, value, iss: undefined })), claims, now))
        return true
    }
    if (iss === undefined || !table.hasGroup(ofOne)) continue
    issuerHash ??= fastHash(iss)
    const mark = markFrom(ofOne, hash, issuerHash)
    if (table.hasMark(mark) && applies(table.get(mark, digestOf({ kind, value, iss })), claims, now)) return true
  }
  return false
}

function applies(entry: RevocationEntry | undefined, { iat }: RevocableClaims, now: number): boolean {
  if (entry === undefined || entry.until <= now) return false
  // RFC 7519 §4.1.6: without `iat`, nobody knows when the token was issued.
  return entry.issuedUntil === always || typeof iat !== 'number' || Math.floor(iat) <= entry.issuedUntil
}
