import { answerWithin, isThenable } from '../../callback.ts'
import { type Clock, secondsOf } from '../../clock.ts'
import { VerificationUnavailableError } from '../../errors.ts'

/** The claims of a token, as an introspection endpoint tells them. Times are in seconds since the epoch. */
export type IntrospectedClaims = Readonly<Record<string, unknown>>

/**
 * Returns the claims of an opaque token that this service has issued, or undefined if there is no such token. The token is
 * hostile input: look it up by its digest.
 */
export type OpaqueTokenLookup = (
  token: string,
) => IntrospectedClaims | undefined | PromiseLike<IntrospectedClaims | undefined>

/** In milliseconds. */
const longestLookup = 5000

/**
 * Returns the claims of an opaque token, unless it has expired, is not valid yet, or has `active: false`.
 *
 * @throws VerificationUnavailableError if the function fails, does not answer, or returns something else
 */
export async function lookUp(
  find: OpaqueTokenLookup,
  token: string,
  clock: Clock,
): Promise<IntrospectedClaims | undefined> {
  const claims = await found(find, token)
  return claims === undefined || claims['active'] === false || isOver(claims, secondsOf(clock)) ? undefined : claims
}

async function found(find: OpaqueTokenLookup, token: string): Promise<IntrospectedClaims | undefined> {
  try {
    const pending = find(token)
    const claims: unknown = isThenable(pending) ? await answerWithin(longestLookup, pending) : pending
    if (claims === undefined || areClaims(claims)) return claims
    throw new TypeError('find must return the claims of the token, or undefined')
  } catch (cause) {
    throw new VerificationUnavailableError('the opaque token could not be looked up', { cause })
  }
}

/** No object without members: some stores return `{}` for a key that they do not have. */
function areClaims(value: unknown): value is IntrospectedClaims {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { active } = value as IntrospectedClaims
  return Object.keys(value).length > 0 && (active === undefined || typeof active === 'boolean')
}

function isOver({ exp, nbf }: IntrospectedClaims, now: number): boolean {
  for (const time of [exp, nbf]) {
    if (time !== undefined && !Number.isFinite(time))
      throw new VerificationUnavailableError('find returned an `exp` or `nbf` that is not a number of seconds')
  }
  return (exp !== undefined && now >= (exp as number)) || (nbf !== undefined && now < (nbf as number))
}
