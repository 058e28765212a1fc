export { asymmetricSignatureAlgorithms, signatureAlgorithms } from './algorithms.ts'
export type { EncryptionAlgorithm, KeyUse, SignatureAlgorithm } from './algorithms.ts'
export type { Clock } from './clock.ts'
// For adapters, to check options of their own.
export { defaulting, oneOf, optional, readOptions, text } from './configuration/options.ts'
export type { Given, Reader, Readers } from './configuration/options.ts'
export type { Duration } from './configuration/duration.ts'
export {
  BearerKitError,
  ConfigurationError,
  ExportForbiddenError,
  InvalidKeyError,
  KeyNotFoundError,
  KeySourceUnavailableError,
  KeyUseError,
  LimitError,
  PredicateError,
  TokenError,
  TokenIssueError,
  UnsupportedAlgorithmError,
  VerificationUnavailableError,
} from './errors.ts'
export type { TokenFault } from './errors.ts'
export { authOf } from './http/authentication.ts'
export { Authenticator } from './http/authenticator.ts'
export type { AuthContext, Register, RegisteredAuth, RegisteredClaims, RequestAuth } from './http/auth-context.ts'
export { claim, claimsGuard } from './http/claims-guard.ts'
export type { ClaimsPredicate } from './http/claims-guard.ts'
export type { ClaimValue, RequiredClaims } from './http/claim-expectation.ts'
export { continueAfter } from './http/continuation.ts'
export { NextContinuation } from './http/next-continuation.ts'
export type { Continuation } from './http/continuation.ts'
export { allScopesGuard, anyScopeGuard, authenticationGuard } from './http/guards.ts'
export type { AuthenticationRequirement, Guard } from './http/guards.ts'
export { JwksEndpoint } from './http/jwks-endpoint.ts'
export type { JwksEndpointOptions } from './http/jwks-endpoint.ts'
// For adapters, to answer on Node's own response.
export { sendAnswer, setHeaders, setRefusalHeaders } from './http/node-response.ts'
export type { NodeResponse } from './http/node-response.ts'
export { RequestRefusedError } from './http/refusal.ts'
export type { OAuthErrorCode, RefusalCode, RefusalReason } from './http/refusal.ts'
export { ResourceMetadataEndpoint, resourceMetadataUrl } from './http/resource-metadata.ts'
export type { ResourceMetadataOptions } from './http/resource-metadata.ts'
// For adapters: see "A fourth framework" in ARCHITECTURE.md.
export { sharedForgetIssuer } from './http/forget-issuer.ts'
export type { ForgetIssuer } from './http/forget-issuer.ts'
export { createSuite } from './http/suite.ts'
export type { Framework, Responder, Step, Suite, Verification, VerifyJwtMembers } from './http/suite.ts'
export { authorizationHeader, cookie, formBody } from './http/token-source.ts'
export type { TokenSource } from './http/token-source.ts'
export type { HeaderValues, HttpRequest, HttpResponse } from './http/request.ts'
export type { AccessTokenClaims, JwtHeader } from './jwt/compact-jws.ts'
export type { Profile } from './jwt/header.ts'
export { TokenIssuer } from './jwt/token-issuer.ts'
export type { IssueClaims, IssueOptions, TokenIssuerOptions } from './jwt/token-issuer.ts'
export { TokenVerifier } from './jwt/token-verifier.ts'
export type { VerifiedToken, VerifyOptions } from './jwt/token-verifier.ts'
export type { IssuerResolver } from './jwt/resolved-issuers.ts'
export type { RevocationCheck, TokenUse } from './jwt/revocation.ts'
export type { VerifierOptions } from './jwt/verifier-options.ts'
export type { IssuerOptions } from './jwt/issuer-options.ts'
export type { StandardSchema } from './jwt/standard-schema.ts'
export { toMcpVerifier } from './mcp.ts'
export type { McpAuthInfo, McpTokenVerifier } from './mcp.ts'
export type { McpErrors } from './mcp-sdk.ts'
export type {
  ExportPolicy,
  ImportKeySpec,
  KeyProvider,
  KeySpec,
  PublicJwkSet,
  RotationOptions,
} from './keys/key-provider.ts'
export { KeyRef } from './keys/key-ref.ts'
export type { KeyState } from './keys/key-ref.ts'
export type {
  JwksPublisher,
  KeyHint,
  SigningKey,
  SigningKeys,
  VerificationKey,
  VerificationKeys,
} from './keys/key-roles.ts'
export type { HkdfParameters } from './keys/local/derivation.ts'
export type { ImportableKey } from './keys/local/read-key.ts'
export type { SecretMaterial } from './keys/local/key-material.ts'
export type { Support } from './keys/local/runtime-support.ts'
export { KeyRotation } from './keys/local/key-rotation.ts'
export type { KeyRotationEvents, KeyRotationOptions, KeyStateChange, RotatableKeys } from './keys/local/key-rotation.ts'
export { LocalKeyProvider } from './keys/local/local-key-provider.ts'
export type { LocalKeyProviderOptions } from './keys/local/local-key-provider.ts'
export type { Fetch, FetchInit } from './keys/remote/bounded-fetch.ts'
export type { FetchResponse, ResponseHeaders } from './keys/remote/response-body.ts'
export type { RequestHeaderOption } from './keys/remote/request-headers.ts'
export { RemoteJwksKeyProvider } from './keys/remote/remote-jwks-key-provider.ts'
export type { RemoteJwksKeyProviderOptions } from './keys/remote/remote-jwks-key-provider.ts'
export type { KeySourceHealth } from './keys/remote/held-key-set.ts'
export type { KeyNote } from './keys/remote/key-set.ts'
export type { KeyIdentity } from './keys/remote/key-set-changes.ts'
export type { KeySetSnapshot } from './keys/remote/key-set-snapshot.ts'
export type { Phase } from './keys/remote/refresh-policy.ts'
export type { RemoteKeyOptions } from './keys/remote/remote-key-options.ts'
export { keySourceChannel } from './keys/remote/source-events.ts'
export type { KeySourceEvents } from './keys/remote/source-events.ts'
export { fileStore } from './stores/file-store.ts'
export type { FileStoreOptions } from './stores/file-store.ts'
export type {
  KeyStore,
  ReadOptions,
  StoreContents,
  StoredRecord,
  StoreWrite,
  WriteOptions,
} from './stores/key-store.ts'
export { memoryStore } from './stores/memory-store.ts'
export type { MemoryStoreOptions } from './stores/memory-store.ts'
