import { ConfigurationError, isErrorNamed } from './errors.ts'
import type { AccessTokenClaims } from './jwt/jws/compact-jws.ts'
import type { TokenVerifier } from './jwt/token-verifier.ts'
import { errorsOfCaller, hasErrors, type McpErrors, traceCall } from './mcp-sdk.ts'

/** `AuthInfo` of the Model Context Protocol's TypeScript SDK, by structure. */
export interface McpAuthInfo {
  token: string
  clientId: string
  scopes: string[]
  /** Seconds since the epoch. */
  expiresAt: number
  /** RFC 8707: what the token is for. */
  resource?: URL
  extra: { claims: Record<string, unknown> }
}

/** `OAuthTokenVerifier` of that SDK, by structure. */
export interface McpTokenVerifier {
  verifyAccessToken(token: string): Promise<McpAuthInfo>
}

/**
 * Lets the `requireBearerAuth` of the Model Context Protocol's SDK verify tokens with a {@link TokenVerifier}.
 *
 * ```ts
 * import { TokenVerifier, toMcpVerifier } from '@bearerkit/core'
 *
 * const verifier = new TokenVerifier({ issuer: 'https://issuer.example.com', audience: 'https://mcp.example.com/mcp' })
 * const mcpVerifier = toMcpVerifier(verifier)
 * ```
 *
 * @param errors the SDK's error classes, which are in its module `server/auth/errors.js`. Default: those of the SDK whose
 *   middleware is calling. Where that is part of a bundle, and for a middleware of your own, they must be given
 * @throws ConfigurationError if `errors` does not have the classes
 */
export function toMcpVerifier(verifier: TokenVerifier<unknown>, errors?: McpErrors): McpTokenVerifier {
  if (errors !== undefined && !hasErrors(errors)) {
    throw new ConfigurationError(
      'toMcpVerifier: `errors` must have the classes InvalidTokenError and ServerError',
      'errors',
    )
  }
  let hasWarned = false
  return {
    async verifyAccessToken(token) {
      const trace = errors === undefined ? traceCall() : {}
      try {
        const { issued, scopes } = await verifier.verify(token)
        return authInfo(token, issued, { scopes, resource: resourceOf(issued, verifier) })
      } catch (error) {
        const known = errors ?? (await errorsOfCaller(trace))
        if (known !== undefined) throw asMcpError(error, known)
        if (!hasWarned) process.emitWarning(unknownCaller, 'BearerKitWarning')
        hasWarned = true
        throw error
      }
    },
  }
}

const unknownCaller =
  'toMcpVerifier: pass the error classes of the SDK as the second argument. A token was refused, but not to the ' +
  'middleware of an unbundled SDK, and others may answer 500 instead of 401'

function authInfo(
  token: string,
  claims: Readonly<AccessTokenClaims>,
  { scopes, resource }: { readonly scopes: readonly string[]; readonly resource: string | undefined },
): McpAuthInfo {
  const { client_id: clientId, azp, sub, exp } = claims
  return {
    token,
    clientId: clientId ?? (typeof azp === 'string' ? azp : undefined) ?? sub ?? '',
    scopes: [...scopes],
    expiresAt: exp,
    ...(resource !== undefined && { resource: new URL(resource) }),
    extra: { claims },
  }
}

/** Of the audiences that the token names, the one that is ours. */
function resourceOf({ iss, aud }: Readonly<AccessTokenClaims>, verifier: TokenVerifier<unknown>): string | undefined {
  const ours =
    verifier.issuers.find(({ issuer }) => issuer === iss)?.audience ?? [verifier.settings.shared.audience ?? []].flat()
  return [aud ?? []].flat().find((one) => ours.includes(one) && URL.canParse(one))
}

/** A bad token is 401 there too, and trouble of ours is not the token's fault. */
function asMcpError(error: unknown, errors: McpErrors): unknown {
  if (isErrorNamed('TokenError', error))
    return withCause(new errors.InvalidTokenError('The access token is invalid'), error)
  if (isErrorNamed('KeySourceUnavailableError', error) || isErrorNamed('VerificationUnavailableError', error)) {
    return withCause(new errors.ServerError('The access token cannot be verified at the moment'), error)
  }
  return error
}

function withCause(error: Error, cause: Error): Error {
  error.cause = cause
  return error
}
