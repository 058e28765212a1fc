import { isErrorNamed } from './errors.ts'
import type { AccessTokenClaims } from './jwt/compact-jws.ts'
import type { TokenVerifier } from './jwt/token-verifier.ts'

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

/** The error classes by which that SDK knows what to answer. */
export interface McpErrors {
  /** Answered with 401. */
  readonly InvalidTokenError: new (message: string) => Error
  /** Answered with 500. */
  readonly ServerError: new (message: string) => Error
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
 * @param errors the SDK's error classes. Default: those of the `@modelcontextprotocol/sdk` that is installed
 */
export function toMcpVerifier(verifier: TokenVerifier<unknown>, errors?: McpErrors): McpTokenVerifier {
  return {
    async verifyAccessToken(token) {
      try {
        const { issued, scopes } = await verifier.verify(token)
        return authInfo(token, issued, { scopes, resource: resourceOf(issued, verifier) })
      } catch (error) {
        throw asMcpError(error, errors ?? (await installedErrors()))
      }
    },
  }
}

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
function asMcpError(error: unknown, errors: McpErrors | undefined): unknown {
  if (errors === undefined) return error
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

/** By a name that is not resolved until a token is refused: the SDK is no dependency. */
async function installedErrors(): Promise<McpErrors | undefined> {
  const name = '@modelcontextprotocol/sdk/server/auth/errors.js'
  return import(name).then(
    (module: McpErrors) => module,
    () => undefined,
  )
}
