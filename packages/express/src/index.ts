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
export { authorizationHeader, claim, cookie, formBody, RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type {
  AuthContext,
  ClaimsPredicate,
  ClaimValue,
  JwksEndpointOptions,
  RequiredClaims,
  ResourceMetadataOptions,
  TokenSource,
  VerifierOptions,
} from '@bearerkit/core'
