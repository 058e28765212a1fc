import { digestLength, type IdentifierKind, identifierKinds } from './identifier.ts'

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

/**
 * The id of a record contains everything, and its value nothing. A record therefore never changes, and instances that revoke
 * the same identifier at the same time write two records. Readers combine them.
 */
export function recordIdOf({ kind, isForOneIssuer, digest, mark, issuedUntil, until }: RevocationEntry): string {
  const times = `${issuedUntil === always ? '*' : issuedUntil}:${until}`
  return `${prefix}${kind}:${isForOneIssuer ? 'iss' : '*'}:${digest}:${hex(mark)}:${times}`
}

/** Returns undefined if the record is of another kind, and a string, with the reason, if it is malformed. */
export function entryIn(id: string): RevocationEntry | string | undefined {
  if (!id.startsWith(prefix)) return undefined
  const [kind, scope, digest = '', mark = '', issuedUntil = '', until = '', ...rest] = id
    .slice(prefix.length)
    .split(':')
  const known = identifierKinds.find((one) => one === kind)
  const isWellFormed =
    known !== undefined &&
    (scope === 'iss' || scope === '*') &&
    digestPattern.test(digest) &&
    /^[\da-f]{8}$/.test(mark) &&
    rest.length === 0
  if (!isWellFormed) return 'it is not a revocation of ours'
  const times = { issuedUntil: issuedUntil === '*' ? always : secondsIn(issuedUntil), until: secondsIn(until) }
  if (times.issuedUntil === undefined || times.until === undefined) return 'its times are not whole seconds'
  return {
    kind: known,
    isForOneIssuer: scope === 'iss',
    digest,
    mark: Number.parseInt(mark, 16) | 0,
    issuedUntil: times.issuedUntil,
    until: times.until,
  }
}

const digestPattern = new RegExp(`^[\\w-]{${Math.ceil((digestLength * 4) / 3)}}$`)

/** Later times than 32 bits can express are as good as never. */
function secondsIn(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Math.min(Number(text), always) : undefined
}

function hex(mark: number): string {
  return (mark >>> 0).toString(16).padStart(8, '0')
}
