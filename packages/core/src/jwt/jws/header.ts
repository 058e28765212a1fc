import { TokenError } from '../../errors.ts'
import type { JwtHeader } from './compact-jws.ts'

/** `jwt`: any JWT meant as an access token; `rfc9068`: only tokens that say so and carry what RFC 9068 §2 asks. */
export type Profile = 'jwt' | 'rfc9068'

/**
 * RFC 8725 §3.11, RFC 9068 §4: a token of another kind must not pass for an access token. In lower case, and with the
 * `application/` that may be left out: RFC 7515 §4.1.9.
 */
const acceptedTypes: Readonly<Record<Profile, readonly (string | undefined)[]>> = {
  jwt: [undefined, 'jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'],
  rfc9068: ['at+jwt', 'application/at+jwt'],
}

/**
 * Checks the protected header, before anything is done with it.
 *
 * @throws TokenError `token_malformed`, `critical_header_unsupported`
 */
export function checkHeader(header: Readonly<Record<string, unknown>>): JwtHeader {
  const { typ, crit, b64, alg, kid } = header
  if (typ !== undefined && typeof typ !== 'string') throw new TokenError('token_malformed')
  if (kid !== undefined && typeof kid !== 'string') throw new TokenError('token_malformed')
  if (typeof alg !== 'string') throw new TokenError('token_malformed')
  // RFC 7515 §4.1.11: an extension that is not understood is refused. None is: `b64` (RFC 7797) has no place in a JWT.
  if (crit !== undefined || b64 !== undefined) throw new TokenError('critical_header_unsupported')
  return header as JwtHeader
}

/**
 * Holds the header against what an issuer's tokens may say: RFC 8725 §3.1, §3.11.
 *
 * @throws TokenError `type_not_accepted`, `algorithm_not_accepted`
 */
export function checkTypeAndAlgorithm(
  { typ, alg }: JwtHeader,
  { profile, algorithms }: { readonly profile: Profile; readonly algorithms: ReadonlySet<string> },
): void {
  if (!acceptedTypes[profile].includes(typ?.toLowerCase())) throw new TokenError('type_not_accepted')
  if (!algorithms.has(alg)) throw new TokenError('algorithm_not_accepted')
}
