export {
  jwksHandler,
  requireAnyScope,
  requireAuthentication,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
} from './middleware.ts'
export type { VerifyJwt, VerifyJwtOptions } from './middleware.ts'
export { authorizationHeader, cookie, formBody, RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type {
  AuthContext,
  JwksEndpointOptions,
  ResourceMetadataOptions,
  TokenSource,
  VerifierOptions,
} from '@bearerkit/core'
