export { jwksHandler, requireScopes, verifyJwt } from './middleware.ts'
export type { JwksHandlerOptions } from './middleware.ts'
export { RequestRefusedError } from '@bearerkit/core'
export type { AuthContext, JwksEndpointOptions, VerifierOptions } from '@bearerkit/core'
