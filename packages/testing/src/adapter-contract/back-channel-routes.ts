import type { LogoutHandlerOptions, RevocationHandlerOptions, TokenRevoker } from '@bearerkit/core'

/** The handlers for other servers that every adapter exports. */
export interface AdapterBackChannel<Handler> {
  readonly revocationHandler: (revocations: TokenRevoker, options: RevocationHandlerOptions) => Handler
  readonly logoutHandler: (revocations: TokenRevoker, options: LogoutHandlerOptions) => Handler
}

/** The options of these handlers. */
export interface BackChannelOptions {
  readonly revocations: TokenRevoker
  readonly revocation: RevocationHandlerOptions
  readonly logout: LogoutHandlerOptions
}

/**
 * Returns the routes of the contract that other servers call: `[path, handler]`.
 *
 * @param options undefined: no such routes
 */
export function contractBackChannel<Handler>(
  { revocationHandler, logoutHandler }: AdapterBackChannel<Handler>,
  options: BackChannelOptions | undefined,
): readonly (readonly [path: string, handler: Handler])[] {
  if (options === undefined) return []
  const { revocations, revocation, logout } = options
  return [
    ['/revoke', revocationHandler(revocations, revocation)],
    ['/logout', logoutHandler(revocations, logout)],
  ]
}
