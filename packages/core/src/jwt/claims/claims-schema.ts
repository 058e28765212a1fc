import { answerWithin, isThenable } from '../../callback.ts'
import { TokenError, VerificationUnavailableError } from '../../errors.ts'
import { freezePlain, isPlain } from '../../plain.ts'
import type { AccessTokenClaims } from '../jws/compact-jws.ts'
import type { SchemaResult, StandardSchema } from './standard-schema.ts'

/** The output of a claims schema. */
export interface ValidatedClaims<Claims> {
  readonly claims: Claims
  /**
   * True if all requests with the token may share this object. False if it contains something that cannot be frozen,
   * such as a `Map` or a `Date`. Then the schema runs again on every use.
   */
  readonly isShareable: boolean
}

/** In milliseconds. */
const longestValidation = 5000

/**
 * Validates claims with the application's schema.
 *
 * @throws TokenError `claims_rejected`
 * @throws VerificationUnavailableError if the schema throws, or does not settle within five seconds
 */
export async function validateClaims<Claims>(
  schema: StandardSchema,
  issued: Readonly<AccessTokenClaims>,
): Promise<ValidatedClaims<Claims>> {
  const result = await resultOf(schema, issued)
  if (result.issues !== undefined) throw rejected(result.issues)
  const isShareable = isPlain(result.value)
  return { claims: (isShareable ? freezePlain(result.value) : result.value) as Claims, isShareable }
}

/** A schema rejects claims by returning issues. If it throws, the schema is broken and the token is not at fault. */
async function resultOf(schema: StandardSchema, issued: Readonly<AccessTokenClaims>): Promise<SchemaResult<unknown>> {
  try {
    // A copy, because a schema may change its input and `issued` must stay unchanged.
    const result = schema['~standard'].validate(structuredClone(issued))
    return checkedResult(isThenable(result) ? await answerWithin(longestValidation, result) : result)
  } catch (cause) {
    throw new VerificationUnavailableError('the claims schema failed', { cause, option: 'claims' })
  }
}

function checkedResult(result: SchemaResult<unknown>): SchemaResult<unknown> {
  const { issues, value } = Object(result) as { issues?: unknown; value?: unknown }
  const isResult = issues === undefined ? value !== undefined : Array.isArray(issues)
  if (isResult) return result
  throw new TypeError('validate() must return an object with `value` or `issues`')
}

/** The messages may quote claims, so they go into the cause, which only logs show. */
function rejected(issues: readonly { readonly message: string }[]): TokenError {
  return new TokenError('claims_rejected', { cause: new Error(issues.map(({ message }) => message).join('; ')) })
}
