export {
  authOf,
  jwksHandler,
  requireAnyScope,
  requireAuthentication,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
} from './plugin.ts'
export type { VerifyJwtOptions } from './plugin.ts'
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
