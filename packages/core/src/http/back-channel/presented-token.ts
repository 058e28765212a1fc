import type { Presentation } from '../../jwt/binding/presentation.ts'
import type { AccessTokenClaims } from '../../jwt/jws/compact-jws.ts'
import type { Verifier } from '../../jwt/verifier.ts'
import { isErrorNamed } from '../../recognized-errors.ts'
import { type FailureListener, reportFailure } from './failure-listener.ts'

/**
 * Clients of these endpoints have no proof of possession for the token that they ask about. RFC 7009 §2.1 and RFC 7662 §2.1
 * require client authentication alone.
 */
const withAnyBinding: Presentation = { name: 'back-channel', checkBinding: () => undefined }

/** Returns the claims of the token in a request, or undefined if the token is invalid. The listener is told why. */
export async function issuedIn(
  token: string,
  verifier: Verifier<unknown>,
  onFailure: FailureListener | undefined,
): Promise<Readonly<AccessTokenClaims> | undefined> {
  try {
    return (await verifier.recallOrVerify(token, withAnyBinding)).issued
  } catch (failure) {
    if (!isErrorNamed('TokenError', failure)) throw failure
    reportFailure(onFailure, failure)
    return undefined
  }
}
