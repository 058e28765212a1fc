import type {
  IntrospectionHandlerOptions,
  LogoutHandlerOptions,
  RevocationHandlerOptions,
  TokenRevoker,
} from '@bearerkit/core'

/** The handlers for other servers that every adapter exports. */
export interface AdapterBackChannel<Handler> {
  /** Revokes the token in a request (RFC 7009). */
  readonly revocationHandler: (revocations: TokenRevoker, options: RevocationHandlerOptions) => Handler
  /** Tells clients whether a token is active (RFC 7662). */
  readonly introspectionHandler: (options: IntrospectionHandlerOptions) => Handler
  /** Revokes the tokens of a session or user that logged out (OpenID Connect Back-Channel Logout 1.0). */
  readonly logoutHandler: (revocations: TokenRevoker, options: LogoutHandlerOptions) => Handler
}

/** The options of these handlers. */
export interface BackChannelOptions {
  readonly revocations: TokenRevoker
  readonly revocation: RevocationHandlerOptions
  readonly introspection: IntrospectionHandlerOptions
  readonly logout: LogoutHandlerOptions
}

/**
 * Returns the routes of the contract that other servers call: `[path, handler]`.
 *
 * @param options undefined: no such routes
 */
export function contractBackChannel<Handler>(
  { revocationHandler, introspectionHandler, logoutHandler }: AdapterBackChannel<Handler>,
  options: BackChannelOptions | undefined,
): readonly (readonly [path: string, handler: Handler])[] {
  if (options === undefined) return []
  const { revocations, revocation, introspection, logout } = options
  return [
    ['/revoke', revocationHandler(revocations, revocation)],
    ['/introspect', introspectionHandler(introspection)],
    ['/logout', logoutHandler(revocations, logout)],
  ]
}
