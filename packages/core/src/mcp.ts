import { ConfigurationError } from './errors.ts'
import type { AccessTokenClaims } from './jwt/jws/compact-jws.ts'
import type { TokenVerifier } from './token-verifier.ts'
import {
  brandedErrors,
  factoryForCaller,
  factoryFrom,
  type McpErrorFactory,
  type McpErrors,
  type McpOAuthErrors,
  traceCall,
} from './mcp-sdk.ts'
import { emitWarning } from './platform.ts'
import { isErrorNamed, isOutage } from './recognized-errors.ts'

/** Structural copy of `AuthInfo` in the Model Context Protocol's TypeScript SDK. */
export interface McpAuthInfo {
  token: string
  clientId: string
  scopes: string[]
  /** Seconds since the epoch. */
  expiresAt: number
  /** The resource that the token was issued for (RFC 8707). */
  resource?: URL
  extra: { claims: Record<string, unknown> }
}

/** Structural copy of the SDK's `OAuthTokenVerifier`. */
export interface McpTokenVerifier {
  /** Resolves to what the SDK gives to tools. Rejects with the error classes of the SDK. */
  verifyAccessToken(token: string): Promise<McpAuthInfo>
}

/**
 * Lets the `requireBearerAuth` of the Model Context Protocol's SDK, version 1 or 2, verify tokens with a
 * {@link TokenVerifier}.
 *
 * ```ts
 * import { TokenVerifier, toMcpVerifier } from '@bearerkit/core'
 *
 * const verifier = new TokenVerifier({ issuer: 'https://issuer.example.com', audience: 'https://mcp.example.com/mcp' })
 * const mcpVerifier = toMcpVerifier(verifier)
 * ```
 *
 * @param errors the SDK's error classes: of version 1 from its module `server/auth/errors.js`, of version 2 from
 *   `@modelcontextprotocol/server`. Default: those of the SDK whose middleware makes the call. Required if version 1 is part
 *   of a bundle, and for your own middleware
 * @throws ConfigurationError if `errors` lacks the classes
 */
export function toMcpVerifier(verifier: TokenVerifier<unknown>, errors?: McpErrors | McpOAuthErrors): McpTokenVerifier {
  const given = errors && factoryFrom(errors)
  if (errors !== undefined && given === undefined) {
    throw new ConfigurationError(
      'toMcpVerifier: `errors` must contain the classes InvalidTokenError and ServerError, or the class OAuthError',
      'errors',
    )
  }
  let hasWarned = false
  return {
    async verifyAccessToken(token) {
      const trace = given === undefined ? traceCall() : {}
      try {
        const { issued, scopes } = await verifier.verify(token)
        return authInfo(token, issued, { scopes, resource: resourceOf(issued, verifier) })
      } catch (error) {
        const known = given ?? (await factoryForCaller(trace))
        if (known === undefined && !hasWarned) {
          emitWarning(unknownCaller, 'BearerKitWarning')
          hasWarned = true
        }
        // Version 2 recognizes these errors also if it is part of a bundle.
        throw asMcpError(error, known ?? brandedErrors)
      }
    },
  }
}

const unknownCaller =
  'toMcpVerifier: pass the error classes of the SDK as the second argument. A token was refused, but the caller is ' +
  'not the middleware of an unbundled SDK, so the response may be 500 instead of 401'

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

/** Returns the URL in the token's `aud` that the verifier accepts as its audience. */
function resourceOf({ iss, aud }: Readonly<AccessTokenClaims>, verifier: TokenVerifier<unknown>): string | undefined {
  const ours =
    verifier.issuers.find(({ issuer }) => issuer === iss)?.audience ?? [verifier.settings.shared.audience ?? []].flat()
  return [aud ?? []].flat().find((one) => ours.includes(one) && URL.canParse(one))
}

/** An invalid token becomes the SDK's 401, a server-side failure its 500. Other errors are returned unchanged. */
function asMcpError(error: unknown, errors: McpErrorFactory): unknown {
  if (isErrorNamed('TokenError', error)) return withCause(errors.invalidToken('The access token is invalid'), error)
  if (isOutage(error) || isErrorNamed('VerificationUnavailableError', error)) {
    return withCause(errors.serverError('The access token cannot be verified at the moment'), error)
  }
  return error
}

function withCause(error: Error, cause: Error): Error {
  error.cause = cause
  return error
}
