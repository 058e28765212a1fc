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
