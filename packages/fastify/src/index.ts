export {
  jwksHandler,
  requireAnyScope,
  requireAuthentication,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
} from './plugin.ts'
export type { VerifyJwtOptions } from './plugin.ts'
export { authorizationHeader, cookie, formBody, RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type {
  AuthContext,
  JwksEndpointOptions,
  ResourceMetadataOptions,
  TokenSource,
  VerifierOptions,
} from '@bearerkit/core'
