import { answerWithin, isThenable } from '../../callback.ts'
import { texts } from '../../configuration/options.ts'
import { ConfigurationError, PredicateError } from '../../errors.ts'
import { claimAt, type ClaimPath } from '../../jwt/claims/claim-path.ts'
import { isPlainObject } from '../../plain.ts'
import type { RegisteredClaims } from '../auth-context.ts'
import { type ClaimValue, matcherFor, membersMatcher, type RequiredClaims } from './claim-expectation.ts'
import { type Condition, type Guard, guard } from './guards.ts'

/**
 * Returns true if the claims of an authenticated request are sufficient. It may return a promise, which must settle
 * within 5 seconds. An error that it throws goes to the framework unchanged.
 */
export type ClaimsPredicate = (claims: RegisteredClaims) => boolean | PromiseLike<boolean>

/**
 * Requires claims to have the given values, or to satisfy a predicate. Otherwise: 403 `insufficient_scope`.
 *
 * - A claim that is an array must contain the value: `{ roles: 'admin' }`.
 * - A claim that is an object must match in the given members: `{ realm_access: { roles: 'admin' } }`.
 * - Any other claim must be equal to the value.
 *
 * @throws ConfigurationError if nothing is required, or if a value can never match, such as `undefined`
 */
export function claimsGuard(required: RequiredClaims | ClaimsPredicate): Guard {
  return guard('claims_insufficient', {}, typeof required === 'function' ? askingOf(required) : matcherOf(required))
}

/**
 * Creates a predicate for a nested claim: `requireClaims(claim(['realm_access', 'roles'], 'admin'))`. It compares like
 * `requireClaims`. You can also call it in your own predicate.
 *
 * @param path the names that lead to the claim. Dots in a name have no special meaning.
 * @throws ConfigurationError if the path is empty or not an array, or if no claim can match the value
 */
export function claim(path: ClaimPath, value: ClaimValue): (claims: object) => boolean {
  if (!Array.isArray(path)) throw new ConfigurationError('claim: the path must be an array of names', 'path')
  const names: ClaimPath = texts(path, 'claim: `path`')
  const matches = matcherFor(value, { owner: 'claim', path: names })
  return (claims) => matches(claimAt(claims, names))
}

/** In milliseconds. */
const longestDecision = 5000

/** Requires `true` exactly: untyped predicates may return other truthy values. */
function askingOf(predicate: (claims: RegisteredClaims) => unknown): Condition {
  return ({ claims }) => {
    const answer = predicate(claims)
    return isThenable(answer) ? decisionOf(answer) : answer === true
  }
}

async function decisionOf(answer: PromiseLike<unknown>): Promise<boolean> {
  return (await answerWithin(longestDecision, answer, tooLate)) === true
}

function tooLate(): PredicateError {
  return new PredicateError('the predicate did not answer within 5 seconds')
}

function matcherOf(required: object): Condition {
  const names = isPlainObject(required) ? Object.keys(required) : []
  if (names.length === 0)
    throw new ConfigurationError('requireClaims: name at least one claim, or pass a function', 'claims')
  const ambiguous = names.find((name) => nameOrPath.test(name))
  if (ambiguous !== undefined) throw ambiguity(ambiguous)
  const matches = membersMatcher(required, { owner: 'requireClaims', path: [] })
  return ({ claims }) => matches(claims)
}

/** A name with dots that is not a URL. RFC 7519 §4.2 recommends URLs and domain names as claim names. */
const nameOrPath = /^[^:/]*\.[^:/]*$/

/** Refuses an ambiguous name at start-up: a path that is read as a name would silently never match. */
function ambiguity(name: string): ConfigurationError {
  const path = name.split('.').join("', '")
  return new ConfigurationError(
    `requireClaims: \`${name}\` can be a name or a path: write claim(['${name}'], …) for the claim of that name, ` +
      `claim(['${path}'], …) for the nested claim`,
    'claims',
  )
}
