import { Buffer } from '../platform.ts'
import { digestLength, groupOf, groups, type IdentifierKind, identifierKinds } from './identifier.ts'

/** A revocation without the identifier, which is only known as a digest. Times are in whole seconds since the epoch. */
export interface RevocationEntry {
  readonly kind: IdentifierKind
  /** True if it is limited to the tokens of one issuer. */
  readonly isForOneIssuer: boolean
  /** See {@link digestOf}. */
  readonly digest: string
  /** See {@link markOf}. */
  readonly mark: number
  /** Tokens that were issued later are not revoked. */
  readonly issuedUntil: number
  readonly until: number
}

/** All tokens, whenever they were issued. The largest number in 32 bits, which is in the year 2106. */
export const always = 0xffff_ffff

const prefix = 'revoked:'

/** The group, the digest, the mark and both times. */
const length = 1 + digestLength + 3 * 4

/**
 * The id of a record contains the whole entry, and its value nothing. A record therefore never changes, and instances that
 * revoke the same identifier at the same time write two records, which readers combine.
 */
export function recordIdOf({ kind, isForOneIssuer, digest, mark, issuedUntil, until }: RevocationEntry): string {
  const bytes = Buffer.allocUnsafe(length)
  bytes.writeUInt8(groupOf(identifierKinds.indexOf(kind), isForOneIssuer))
  bytes.write(digest, 1, digestLength, 'base64url')
  bytes.writeInt32BE(mark, 1 + digestLength)
  bytes.writeUInt32BE(issuedUntil, 5 + digestLength)
  bytes.writeUInt32BE(until, 9 + digestLength)
  // Joined rather than added: a string that was added up keeps its parts, which costs a third of the memory of a store.
  return [prefix, bytes.toString('base64url')].join('')
}

/** Returns undefined if the record is of another kind, and the reason if it is malformed. */
export function entryIn(id: string): RevocationEntry | string | undefined {
  if (!id.startsWith(prefix)) return undefined
  const bytes = Buffer.from(id.slice(prefix.length), 'base64url')
  const group = bytes[0] ?? groups
  const kind = identifierKinds[group >> 1]
  if (bytes.length !== length || kind === undefined) return 'it is not a revocation of ours'
  return {
    kind,
    isForOneIssuer: group % 2 === 1,
    digest: bytes.toString('base64url', 1, 1 + digestLength),
    mark: bytes.readInt32BE(1 + digestLength),
    issuedUntil: bytes.readUInt32BE(5 + digestLength),
    until: bytes.readUInt32BE(9 + digestLength),
  }
}
