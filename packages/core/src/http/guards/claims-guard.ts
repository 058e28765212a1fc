import { answerWithin, isThenable } from '../../callback.ts'
import { texts } from '../../configuration/options.ts'
import { ConfigurationError, PredicateError } from '../../errors.ts'
import { claimAt, type ClaimPath } from '../../jwt/claims/claim-path.ts'
import { isPlainObject } from '../../plain.ts'
import type { RegisteredClaims } from '../auth-context.ts'
import { type ClaimValue, matcherFor, membersMatcher, type RequiredClaims } from './claim-expectation.ts'
import { type Condition, type Guard, guard } from './guards.ts'

/**
 * Decides on the claims of a request that is authenticated. It may answer with a promise, for up to 5 seconds. An error
 * that it throws is the application's, and goes to the framework as it is.
 */
export type ClaimsPredicate = (claims: RegisteredClaims) => boolean | PromiseLike<boolean>

/**
 * Requires claims: each with a value, or whatever a predicate requires. Else: 403 `insufficient_scope`.
 *
 * - A claim that is an array matches a value that is one of its elements: `{ roles: 'admin' }`.
 * - A claim that is an object matches by the members that are named: `{ realm_access: { roles: 'admin' } }`.
 * - Any other claim must be equal to the value.
 *
 * @throws ConfigurationError if nothing is required, or something that no claim can match, such as `undefined`
 */
export function claimsGuard(required: RequiredClaims | ClaimsPredicate): Guard {
  return guard('claims_insufficient', {}, typeof required === 'function' ? askingOf(required) : matcherOf(required))
}

/**
 * A predicate for a nested claim: `requireClaims(claim(['realm_access', 'roles'], 'admin'))`. It compares as
 * `requireClaims` does, and can be part of a predicate of your own.
 *
 * @param path the names that lead to the claim; dots in a name have no meaning
 * @throws ConfigurationError if the path is empty or no array, or no claim can match the value
 */
export function claim(path: ClaimPath, value: ClaimValue): (claims: object) => boolean {
  if (!Array.isArray(path)) throw new ConfigurationError('claim: the path must be an array of names', 'path')
  const names: ClaimPath = texts(path, 'claim: `path`')
  const matches = matcherFor(value, { owner: 'claim', path: names })
  return (claims) => matches(claimAt(claims, names))
}

/** In milliseconds. */
const longestDecision = 5000

/** Requires `true` exactly: untyped predicates may answer with other truthy values. */
function askingOf(predicate: (claims: RegisteredClaims) => unknown): Condition {
  return ({ claims }) => {
    try {
      const answer = predicate(claims)
      return isThenable(answer) ? decisionOf(answer) : answer === true
    } catch (error) {
      return Promise.reject(error)
    }
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
    throw new ConfigurationError('requireClaims: name at least one claim, or give a function', 'claims')
  const ambiguous = names.find((name) => nameOrPath.test(name))
  if (ambiguous !== undefined) throw ambiguity(ambiguous)
  const matches = membersMatcher(required, { owner: 'requireClaims', path: [] })
  return ({ claims }) => matches(claims)
}

/** Dots, but no URL: RFC 7519 §4.2 recommends URLs and domain names for the names of claims. */
const nameOrPath = /^[^:/]*\.[^:/]*$/

/** Taken for a name, a path would never match, and nobody would know why. */
function ambiguity(name: string): ConfigurationError {
  const path = name.split('.').join("', '")
  return new ConfigurationError(
    `requireClaims: \`${name}\` can be a name or a path: write claim(['${name}'], …) for the claim of that name, ` +
      `claim(['${path}'], …) for the nested claim`,
    'claims',
  )
}
