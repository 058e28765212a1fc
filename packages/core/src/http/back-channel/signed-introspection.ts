import { answerWithin } from '../../callback.ts'
import { type Clock, secondsOf } from '../../clock.ts'
import { having, objectWith, optional, type Reader, required, text } from '../../configuration/options.ts'
import { issuerIdentifier } from '../../configuration/url-options.ts'
import { VerificationUnavailableError } from '../../errors.ts'
import type { HttpRequest, HttpResponse } from '../../http-message.ts'
import { compactJws } from '../../jwt/jws/serialized-jws.ts'
import type { SigningKeys } from '../../keys/key-roles.ts'
import { isKeyOutage } from '../../recognized-errors.ts'

/** The key that signs answers, and the issuer that clients know. */
export interface AnswerSigning {
  /** The provider of the keys that the issuer publishes. */
  keys: SigningKeys
  /** The `iss` of the answers. */
  issuer: string
  /** The `kid` of the signing key. Default: the newest active key. */
  kid?: string | undefined
}

export type SigningSettings = Readonly<AnswerSigning>

export const answerSigning: Reader<SigningSettings> = objectWith<Required<AnswerSigning>>({
  keys: required(having<SigningKeys>('signingKey')),
  issuer: required(issuerIdentifier(() => false)),
  kid: optional(text),
})

/** In milliseconds. Keys may be in another service. */
const longestSigning = 5000

const mediaType = 'application/token-introspection+jwt'

/** True if the `Accept` header names the media type of signed answers (RFC 9701 §4), and does not refuse it. */
export function asksForSignedAnswer({ headers }: HttpRequest): boolean {
  return String(headers['accept'] ?? '')
    .toLowerCase()
    .split(',')
    .map((range) => range.split(';').map((part) => part.trim()))
    .some(([type, ...parameters]) => type === mediaType && !parameters.some((one) => /^q=0(?:\.0*)?$/.test(one)))
}

/**
 * Returns a signed answer for a client: RFC 9701 §5. It has no `exp` and no `sub`, and a type of its own, so that nothing takes it
 * for an access token.
 *
 * @throws VerificationUnavailableError if no key can sign
 */
export async function signedAnswer(
  answer: object,
  client: string,
  { keys, issuer, kid }: SigningSettings,
  clock: Clock,
): Promise<HttpResponse> {
  const claims = { iss: issuer, aud: client, iat: Math.floor(secondsOf(clock)), token_introspection: answer }
  try {
    const body = await answerWithin(longestSigning, signed(claims, keys, kid))
    return { status: 200, headers: { 'Cache-Control': 'no-store', 'Content-Type': mediaType }, body }
  } catch (cause) {
    if (isKeyOutage(cause)) throw cause
    throw new VerificationUnavailableError('the answer could not be signed', { cause })
  }
}

async function signed(claims: object, keys: SigningKeys, kid: string | undefined): Promise<string> {
  const key = await keys.signingKey(kid)
  return compactJws({ typ: 'token-introspection+jwt', alg: key.alg, kid: key.kid }, claims, key)
}
