import { answerWithin, isThenable } from '../../callback.ts'
import { VerificationUnavailableError } from '../../errors.ts'
import type { HttpRequest, HttpResponse } from '../../http-message.ts'
import type { Form } from '../form/form.ts'
import { refused } from './answers.ts'

/**
 * Authenticates the client of a request. Returns `true` if it may revoke or ask about any token, its `client_id` if only
 * about its own tokens, and `false` if it is not authenticated. May return a promise, which must settle within five seconds.
 * Anything else, and any failure, is a 503.
 *
 * @param parameters the parameters of the form, for clients that send their secret there (RFC 6749 §2.3.1)
 */
export type ClientAuthentication = (
  request: HttpRequest,
  parameters: Form,
) => boolean | string | PromiseLike<boolean | string>

/** In milliseconds. */
const longestAuthentication = 5000

/** @throws VerificationUnavailableError if the callback fails or does not answer */
export async function clientOf(
  authenticate: ClientAuthentication,
  request: HttpRequest,
  parameters: Form,
): Promise<boolean | string> {
  try {
    const pending = authenticate(request, parameters)
    const answer: unknown = isThenable(pending) ? await answerWithin(longestAuthentication, pending) : pending
    if (typeof answer === 'boolean' || (typeof answer === 'string' && answer !== '')) return answer
    throw new TypeError('authenticate must return true, false or a client_id, or a promise of one of them')
  } catch (cause) {
    throw new VerificationUnavailableError('the authentication of the client failed', { cause })
  }
}

/** RFC 6749 §5.2: 401, with a challenge of the scheme that the client used. RFC 9110 §11.6.1 requires a challenge. */
export function invalidClient({ headers }: HttpRequest, realm: 'revocation' | 'introspection'): HttpResponse {
  const [, scheme = 'Basic'] = /^(\w+) /.exec(String(headers['authorization'])) ?? []
  const challenge = { 'WWW-Authenticate': `${scheme} realm="${realm}"` }
  return refused(401, 'invalid_client', 'The client is not authenticated', challenge)
}
