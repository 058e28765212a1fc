import { IntrospectionUnavailableError, TokenError } from '../../errors.ts'
import { frozen } from '../jws/frozen.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Deeper nesting could overflow the stack of code that walks the claims later, such as a logger. */
const maxDepth = 32

/** RFC 6749 §5.1, RFC 9449 §7.1, and the names that RFC 8693 §3 gives to access tokens. In lower case. */
const accessTokenTypes: readonly unknown[] = [
  'bearer',
  'dpop',
  'access_token',
  'urn:ietf:params:oauth:token-type:access_token',
]

/**
 * Reads the answer about a token (RFC 7662 §2.2). Returns its members as claims, frozen. `iss` is that of the issuer that
 * answered, if the answer does not repeat it.
 *
 * @throws TokenError if the token is not active, is not an access token, or is of another issuer
 * @throws IntrospectionUnavailableError if this is no answer about a token
 */
export function claimsIn(answer: unknown, issuer: string): JsonObject {
  const members = membersOf(answer)
  const { active, ...claims } = members
  // RFC 7662 §2.2: a boolean. Text such as "true" is a fault of the issuer, and tells nothing about the token.
  if (typeof active !== 'boolean') throw new IntrospectionUnavailableError('`active` in the answer is not a boolean')
  if (!active) throw new TokenError('token_inactive')
  checkType(claims)
  if (claims['iss'] !== undefined && claims['iss'] !== issuer) throw new TokenError('issuer_mismatch')
  return frozenAnswer({ ...claims, iss: issuer })
}

function membersOf(answer: unknown): JsonObject {
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return answer as JsonObject
  throw new IntrospectionUnavailableError('the answer is not a JSON object')
}

/** Refresh tokens and ID tokens can be active too. */
function checkType({ token_type: type, cnf }: JsonObject): void {
  if (type === undefined) return
  const name = typeof type === 'string' ? type.toLowerCase() : undefined
  if (!accessTokenTypes.includes(name)) throw new TokenError('claim_invalid', { claim: 'token_type' })
  // RFC 9449 §6.2: the key must be in the answer. Without it, the token would pass as a bearer token.
  const { jkt } = Object(cnf) as { jkt?: unknown }
  if (name === 'dpop' && jkt === undefined) throw new TokenError('claim_missing', { claim: 'cnf' })
}

function frozenAnswer(claims: JsonObject): JsonObject {
  try {
    return frozen(claims, maxDepth)
  } catch (cause) {
    throw new IntrospectionUnavailableError('the answer is nested too deeply', { cause })
  }
}
