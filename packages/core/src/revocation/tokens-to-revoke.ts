import { InvalidRevocationError } from '../errors.ts'
import { digestOf, type Identifier, identifierKinds, markOf } from './identifier.ts'
import { always, type RevocationEntry } from './revocation-record.ts'

interface RevocationLimits {
  /**
   * Only the tokens of this issuer, by its `iss`. Different issuers may use the same identifiers, so with several issuers,
   * and with tenants, always name the issuer. Default: the tokens of all issuers.
   */
  readonly iss?: string | undefined
  /**
   * Only tokens that were issued before this moment or in the same second, by their `iat`: a Date, or milliseconds since the
   * epoch. A token without `iat` counts as issued before. Default: for `sub` and `client_id` now; for `jti` and `sid` all
   * tokens, because these are not used again.
   */
  readonly issuedBefore?: Date | number | undefined
  /**
   * When the last of these tokens expires, by its `exp`: a Date, or milliseconds since the epoch. The revocation ends a minute
   * later, because verifiers tolerate clocks that differ. Default: after `longestTokenLifetime`.
   */
  readonly until?: Date | number | undefined
}

/** The tokens to revoke, by exactly one of their claims. */
export type TokensToRevoke = RevocationLimits &
  (
    | { readonly jti: string; readonly sid?: never; readonly sub?: never; readonly client_id?: never }
    | { readonly sid: string; readonly jti?: never; readonly sub?: never; readonly client_id?: never }
    | { readonly sub: string; readonly jti?: never; readonly sid?: never; readonly client_id?: never }
    | { readonly client_id: string; readonly jti?: never; readonly sid?: never; readonly sub?: never }
  )

/** Durations are in milliseconds. */
export interface RevocationRules {
  readonly longestTokenLifetime: number
  readonly clockSkew: number
}

/** Verifiers accept a token until `clockTolerance` after its `exp`, and the clocks of instances differ. In milliseconds. */
const margin = 60_000

const members: ReadonlySet<string> = new Set([...identifierKinds, 'iss', 'issuedBefore', 'until'])

/** @throws InvalidRevocationError */
export function entryFor(
  tokens: TokensToRevoke,
  { longestTokenLifetime, clockSkew }: RevocationRules,
  now: number,
): RevocationEntry {
  const identifier = identifierIn(tokens)
  const { kind, iss } = identifier
  const isForEver = tokens.issuedBefore === undefined && (kind === 'jti' || kind === 'sid')
  const issuedBefore = momentIn(tokens, 'issuedBefore') ?? now + clockSkew
  const expired = momentIn(tokens, 'until') ?? Math.max(now, isForEver ? now : issuedBefore) + longestTokenLifetime
  return {
    kind,
    isForOneIssuer: iss !== undefined,
    digest: digestOf(identifier),
    mark: markOf(identifier),
    issuedUntil: isForEver ? always : seconds(Math.floor(issuedBefore / 1000)),
    until: seconds(Math.ceil((expired + margin) / 1000)),
  }
}

/** @throws InvalidRevocationError */
export function identifierIn(tokens: TokensToRevoke): Identifier {
  if (typeof tokens !== 'object' || tokens === null) throw new InvalidRevocationError('it must be an object')
  const unknown = Object.keys(tokens).find((name) => !members.has(name))
  if (unknown !== undefined) throw new InvalidRevocationError(`there is no member \`${unknown}\``)
  const [kind, ...others] = identifierKinds.filter((one) => tokens[one] !== undefined)
  if (kind === undefined || others.length > 0)
    throw new InvalidRevocationError(`it must have exactly one of ${identifierKinds.join(', ')}`)
  return { kind, value: textIn(tokens, kind), iss: tokens.iss === undefined ? undefined : textIn(tokens, 'iss') }
}

function textIn(tokens: TokensToRevoke, member: keyof TokensToRevoke): string {
  const value: unknown = tokens[member]
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidRevocationError(`${member} must be a non-empty string`)
}

function momentIn(tokens: TokensToRevoke, member: 'issuedBefore' | 'until'): number | undefined {
  const value: unknown = tokens[member]
  if (value === undefined) return undefined
  const milliseconds = value instanceof Date ? value.getTime() : value
  if (typeof milliseconds !== 'number' || !Number.isFinite(milliseconds) || milliseconds < 0)
    throw new InvalidRevocationError(`${member} must be a Date, or milliseconds since the epoch`)
  // Seconds would be in the year 1970, and the revocation would end at once or apply to no token.
  if (milliseconds < earliestMoment)
    throw new InvalidRevocationError(`${member} must be in milliseconds: ${milliseconds} looks like seconds`)
  return milliseconds
}

/** The earliest time that a revocation may contain: January 1972 in milliseconds. In seconds, it would be after the year 4000. */
export const earliestMoment = 64_000_000_000

function seconds(value: number): number {
  return Math.min(value, always - 1)
}
