import { digestOf, fastHash, groupOf, groups, type IdentifierKind, identifierKinds, markFrom } from './identifier.ts'
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

/** The hashes of the claims that are being checked, by the numbers of their kinds. */
const hashes = new Int32Array(identifierKinds.length)

/**
 * Returns true if an entry in the table applies to the token. Called for every token, so digests are computed only for a
 * token with the mark of a revoked identifier. All hashes are computed before the first search: each search waits for the
 * memory of a large table, and the processor waits for several at once if nothing is computed between them.
 *
 * @param now in seconds
 */
export function isRevokedIn(table: RevocationTable, claims: RevocableClaims, now: number): boolean {
  const iss = typeof claims.iss === 'string' ? claims.iss : undefined
  const issuerHash = iss === undefined ? 0 : fastHash(iss)
  // By their names, in the order of the kinds: reading members by a computed name takes several times as long.
  const values: readonly unknown[] = [claims.jti, claims.sid, claims.sub, claims.client_id]
  for (let kind = 0; kind < values.length; kind += 1) {
    const value = values[kind]
    if (typeof value === 'string' && hasKind(table, kind)) hashes[kind] = fastHash(value)
  }
  for (let group = 0; group < groups; group += 1) {
    const isForOneIssuer = group % 2 === 1
    const value = values[group >> 1]
    if (typeof value !== 'string' || !table.hasGroup(group) || (isForOneIssuer && iss === undefined)) continue
    const mark = markFrom(group, hashes[group >> 1] ?? 0, isForOneIssuer ? issuerHash : 0)
    if (!table.hasMark(mark)) continue
    const kind = identifierKinds[group >> 1] as IdentifierKind
    const digest = digestOf({ kind, value, iss: isForOneIssuer ? iss : undefined })
    if (applies(table.get(mark, digest), claims, now)) return true
  }
  return false
}

function hasKind(table: RevocationTable, kind: number): boolean {
  return table.hasGroup(groupOf(kind, false)) || table.hasGroup(groupOf(kind, true))
}

function applies(entry: RevocationEntry | undefined, { iat }: RevocableClaims, now: number): boolean {
  if (entry === undefined || entry.until <= now) return false
  // RFC 7519 §4.1.6: without `iat`, nobody knows when the token was issued.
  return entry.issuedUntil === always || typeof iat !== 'number' || Math.floor(iat) <= entry.issuedUntil
}
