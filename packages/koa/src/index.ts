export {
  authOf,
  jwksHandler,
  requireAnyScope,
  requireAuthentication,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
} from './middleware.ts'
export type { PathOption, VerifyJwt, VerifyJwtOptions } from './middleware.ts'
export { authorizationHeader, claim, cookie, formBody, RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type {
  AccessTokenClaims,
  AuthContext,
  ClaimsPredicate,
  ClaimValue,
  JwksEndpointOptions,
  Register,
  RequiredClaims,
  ResourceMetadataOptions,
  TokenSource,
  VerifierOptions,
} from '@bearerkit/core'
