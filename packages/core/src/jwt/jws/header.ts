import { TokenError } from '../../errors.ts'
import type { JwtHeader } from './compact-jws.ts'

/**
 * `jwt`: any JWT access token; `rfc9068`: only tokens with the `typ` and the claims that RFC 9068 §2 requires; `fapi2`: only
 * tokens as the FAPI 2.0 Security Profile asks for.
 */
export type Profile = 'jwt' | 'rfc9068' | 'fapi2'

/**
 * The accepted `typ` values in lower case. Other kinds of JWT must not pass as access tokens (RFC 8725 §3.11, RFC 9068
 * §4). The prefix `application/` is optional (RFC 7515 §4.1.9).
 */
const anyAccessToken = [undefined, 'jwt', 'application/jwt', 'at+jwt', 'application/at+jwt']
const acceptedTypes: Readonly<Record<Profile, readonly (string | undefined)[]>> = {
  jwt: anyAccessToken,
  rfc9068: ['at+jwt', 'application/at+jwt'],
  fapi2: anyAccessToken,
}

/**
 * Checks the protected header before it is used.
 *
 * @throws TokenError `token_malformed`, `critical_header_unsupported`
 */
export function checkHeader(header: Readonly<Record<string, unknown>>): JwtHeader {
  const { typ, crit, b64, alg, kid } = header
  if (typ !== undefined && typeof typ !== 'string') throw new TokenError('token_malformed', { part: 'header' })
  if (kid !== undefined && typeof kid !== 'string') throw new TokenError('token_malformed', { part: 'header' })
  if (typeof alg !== 'string') throw new TokenError('token_malformed', { part: 'header' })
  // RFC 7515 §4.1.11: unknown extensions are refused. None is supported, and a JWT must not use `b64` (RFC 7797).
  if (crit !== undefined || b64 !== undefined) throw new TokenError('critical_header_unsupported')
  return header as JwtHeader
}

/**
 * Checks `typ` and `alg` against the rules of the issuer: RFC 8725 §3.1, §3.11.
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
