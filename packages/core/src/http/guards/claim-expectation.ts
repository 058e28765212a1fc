import { ConfigurationError } from '../../errors.ts'
import { type ClaimPath, isJsonObject } from '../../jwt/claims/claim-path.ts'
import { isPlainObject } from '../../plain.ts'
import { isDeepStrictEqual } from '../../platform.ts'
import type { RegisteredClaims } from '../auth-context.ts'

/** A value that a claim can be required to have: any JSON value. */
export type ClaimValue =
  string | number | boolean | null | readonly ClaimValue[] | { readonly [member: string]: ClaimValue }

/** The values that a claim of a known type can be required to have. */
type ClaimValueOf<Claim> = unknown extends Claim
  ? ClaimValue
  : Claim extends readonly (infer Element)[]
    ? readonly Element[] | ClaimValueOf<Element>
    : Claim extends string | number | boolean | null
      ? Claim
      : { readonly [Member in keyof Claim]?: ClaimValueOf<Exclude<Claim[Member], undefined>> }

/** The names that a type declares, without its index signature. */
type DeclaredName<Claims> = keyof { [Name in keyof Claims as string extends Name ? never : Name]: unknown }

/**
 * The required claims by name. A value that a claim cannot have is a type error. So is `undefined`: an unset environment
 * variable must not remove a requirement.
 */
export type RequiredClaims<Claims = RegisteredClaims> = {
  readonly [Name in DeclaredName<Claims>]?: ClaimValueOf<Exclude<Claims[Name], undefined>>
} & (string extends keyof Claims ? { readonly [name: string]: ClaimValue } : unknown)

/** Returns true if the claim has the required value. */
export type ClaimMatcher = (claim: unknown) => boolean

/** Identifies a requirement in error messages. */
interface Place {
  readonly owner: string
  readonly path: ClaimPath
}

/**
 * Creates a matcher for a required JSON value, which is copied once. A claim that is an array matches if one of its
 * elements does. A claim that is an object matches if the required members do; it may have others. Any other claim must
 * be equal to the value.
 *
 * @throws ConfigurationError if no claim can ever match
 */
export function matcherFor(required: unknown, place: Place): ClaimMatcher {
  if (Array.isArray(required)) return equalTo(required, place)
  const matchesOne = isPlainObject(required) ? membersMatcher(required, place) : equalTo(required, place)
  return (claim) => (Array.isArray(claim) ? claim.some(matchesOne) : matchesOne(claim))
}

/** Creates a matcher that compares only the required members of an object. */
export function membersMatcher(required: object, place: Place): ClaimMatcher {
  const members = Object.entries(required).map(([name, value]): [string, ClaimMatcher] => {
    return [name, matcherFor(value, within(place, name))]
  })
  if (members.length === 0)
    throw unmatchable(place, 'is an empty object: name at least one member that the claim must have')
  return (claim) =>
    isJsonObject(claim) && members.every(([name, matches]) => Object.hasOwn(claim, name) && matches(claim[name]))
}

function equalTo(required: unknown, place: Place): ClaimMatcher {
  const value = jsonValue(required, place)
  return (claim) => isDeepStrictEqual(claim, value)
}

/** Copies a JSON value. */
function jsonValue(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) return value.map((element) => jsonValue(element, place))
  if (isPlainObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, jsonValue(member, within(place, name))]),
    )
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value
  if (value === undefined) throw unmatchable(place, 'is undefined: give the value that the claim must have')
  throw unmatchable(place, 'is not a JSON value, so no claim can match it: pass a function instead')
}

function within({ owner, path }: Place, name: string): Place {
  return { owner, path: [...path, name] }
}

function unmatchable({ owner, path }: Place, reason: string): ConfigurationError {
  return new ConfigurationError(`${owner}: the value for \`${path.join('.')}\` ${reason}`, 'claims')
}
