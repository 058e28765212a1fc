export { asymmetricSignatureAlgorithms, signatureAlgorithms } from './algorithms.ts'
export type { EncryptionAlgorithm, KeyUse, SignatureAlgorithm } from './algorithms.ts'
export type { Clock } from './clock.ts'
// For adapters and stores, to check their own options.
export { defaulting, oneOf, optional, readOptions, text } from './configuration/options.ts'
export type { Given, Reader, Readers } from './configuration/options.ts'
export { wait as timerDuration } from './configuration/duration-options.ts'
export type { Duration } from './configuration/duration.ts'
export {
  BearerKitError,
  ConfigurationError,
  ExportForbiddenError,
  IntrospectionUnavailableError,
  InvalidKeyError,
  InvalidRevocationError,
  KeyNotFoundError,
  KeySourceUnavailableError,
  KeyStoreUnavailableError,
  KeyUseError,
  LimitError,
  PredicateError,
  ProofError,
  ReplayStoreUnavailableError,
  TokenError,
  TokenIssueError,
  UnsupportedAlgorithmError,
  VerificationUnavailableError,
} from './errors.ts'
export type { TokenFault } from './errors.ts'
export type { ExplainOptions, PresentedProof } from './explanation/explain.ts'
export type { ExplainedAnswer, ExplainedStep, Explanation, StepOutcome } from './explanation/explanation.ts'
export { authOf } from './http/authentication.ts'
export { Authenticator } from './http/authenticator.ts'
export type { AuthContext, Register, RegisteredAuth, RegisteredClaims, RequestAuth } from './http/auth-context.ts'
export type { CertificateProofOfPossession, DpopProofOfPossession, ProofOfPossession } from './http/auth-context.ts'
export type { CertificateFault } from './http/mtls/certificate-fault.ts'
export type { DpopFault } from './http/dpop/dpop-fault.ts'
export { DpopTokenRequests } from './http/dpop/dpop-token-requests.ts'
export type { DpopTokenRequestsOptions, RequestedBinding } from './http/dpop/dpop-token-requests.ts'
export { dpopNonces } from './http/dpop/nonces.ts'
export type { DpopNoncesOptions } from './http/dpop/nonces.ts'
export { authorizationDetailsGuard } from './http/guards/authorization-details-guard.ts'
export type { RequiredAuthorizationDetails } from './http/guards/authorization-details-guard.ts'
export { authorizationDetailsOf } from './jwt/claims/authorization-details.ts'
export type { AuthorizationDetail } from './jwt/claims/authorization-details.ts'
export { claim, claimsGuard } from './http/guards/claims-guard.ts'
export type { ClaimsPredicate } from './http/guards/claims-guard.ts'
export type { ClaimValue, RequiredClaims } from './http/guards/claim-expectation.ts'
export { continueAfter } from './http/outcome/continuation.ts'
export { connectHandler, connectMiddleware } from './http/outcome/connect.ts'
export type { ConnectMiddleware, ConnectRequest } from './http/outcome/connect.ts'
export { NextContinuation } from './http/outcome/next-continuation.ts'
export type { Continuation } from './http/outcome/continuation.ts'
export { allScopesGuard, anyScopeGuard, authenticationGuard } from './http/guards/guards.ts'
export type { AuthenticationRequirement, Guard } from './http/guards/guards.ts'
export type { ClientAuthentication } from './http/back-channel/client-authentication.ts'
export type { FailureListener } from './http/back-channel/failure-listener.ts'
export { IntrospectionEndpoint } from './http/back-channel/introspection-endpoint.ts'
export type { IntrospectionHandlerOptions } from './http/back-channel/introspection-endpoint.ts'
export type { IntrospectedClaims, OpaqueTokenLookup } from './http/back-channel/opaque-token-lookup.ts'
export type { AnswerSigning } from './http/back-channel/signed-introspection.ts'
export { LogoutEndpoint } from './http/back-channel/logout-endpoint.ts'
export type { LogoutHandlerOptions } from './http/back-channel/logout-endpoint.ts'
export { RevocationEndpoint } from './http/back-channel/revocation-endpoint.ts'
export type { RevocationHandlerOptions } from './http/back-channel/revocation-endpoint.ts'
export type { TokenRevoker } from './http/back-channel/token-revoker.ts'
export type { Form } from './http/form/form.ts'
// For adapters whose framework has no body parser.
export { isForm } from './http/form/media-type.ts'
export { readBody } from './http/form/request-body.ts'
export type { BodyLimits, BodyStream, UnusableBody } from './http/form/request-body.ts'
export { JwksEndpoint } from './http/documents/jwks-endpoint.ts'
export type { JwksEndpointOptions } from './http/documents/jwks-endpoint.ts'
// For adapters that respond through Node's `ServerResponse`.
export { sendAnswer, setHeaders, setPassingHeaders, setRefusalHeaders } from './http/outcome/node-response.ts'
export type { NodeResponse } from './http/outcome/node-response.ts'
export { requestChannel } from './http/request-trace.ts'
export type { RequestTrace } from './http/request-trace.ts'
export { isRefusal, RequestRefusedError } from './http/refusals/refusal.ts'
export type { OAuthErrorCode, RefusalCode, RefusalReason } from './http/refusals/refusal.ts'
export { ResourceMetadataEndpoint, resourceMetadataUrl } from './http/documents/resource-metadata.ts'
export type { ResourceMetadataOptions } from './http/documents/resource-metadata.ts'
// For adapters: see "Another framework" in ARCHITECTURE.md.
export { sharedForgetIssuer } from './http/forget-issuer.ts'
export type { ForgetIssuer } from './http/forget-issuer.ts'
export type { Framework, Responder, Step } from './http/framework.ts'
export {
  introspectionHandlerFor,
  jwksHandlerFor,
  logoutHandlerFor,
  requireAnyScopeFor,
  requireAuthenticationFor,
  requireAuthorizationDetailsFor,
  requireClaimsFor,
  requireScopesFor,
  resourceMetadataHandlerFor,
  revocationHandlerFor,
  verificationFor,
} from './http/suite.ts'
export type { Suite, Verification, VerifyJwtMembers } from './http/suite.ts'
export { authorizationHeader, cookie, formBody, webSocketProtocol } from './http/credentials/token-source.ts'
export type { TokenSource } from './http-message.ts'
export type { HeaderValues, HttpRequest, HttpResponse } from './http-message.ts'
export type { AccessTokenClaims, JwtHeader, TokenHeader } from './jwt/jws/compact-jws.ts'
export type { Profile } from './jwt/jws/header.ts'
export { TokenIssuer } from './jwt/token-issuer.ts'
export type { TokenBinding } from './jwt/binding/token-binding.ts'
export type { IssueClaims, IssueOptions, TokenIssuerOptions } from './jwt/token-issuer.ts'
export { TokenVerifier } from './token-verifier.ts'
export type { VerifiedToken, VerifyOptions } from './jwt/verifier.ts'
export { IntrospectionClient } from './jwt/introspection/introspection-client.ts'
export type { IntrospectionHealth } from './jwt/introspection/introspection-client.ts'
export type { IntrospectionEvents } from './jwt/introspection/introspection-events.ts'
export type {
  ClientAuthenticationMethod,
  ClientKey,
  IntrospectionClientOptions,
  IntrospectionOptions,
} from './jwt/introspection/introspection-options.ts'
export type { ActiveAnswer } from './jwt/introspection/remembered-answers.ts'
export type { TokenIntrospection } from './jwt/introspection/token-introspection.ts'
export type { OpaqueTokenIssuer } from './jwt/opaque-tokens.ts'
export type { IssuerResolver } from './jwt/issuers/resolved-issuers.ts'
export type { RevocationCheck, RevocationSource, TokenUse } from './jwt/revocation.ts'
export type { CertificateFormat, ForwardedCertificate, MtlsOptions } from './jwt/binding/mtls-options.ts'
export type { DpopNonces, DpopOptions } from './jwt/binding/dpop-options.ts'
export type { VerifierOptions } from './jwt/verifier-options.ts'
export type { IssuerOptions } from './jwt/issuers/issuer-options.ts'
export type { StandardSchema } from './jwt/claims/standard-schema.ts'
export { toMcpVerifier } from './mcp.ts'
export type { McpAuthInfo, McpTokenVerifier } from './mcp.ts'
export type { McpErrors, McpOAuthErrors } from './mcp-sdk.ts'
export type { KeyProvider } from './keys/key-provider.ts'
export type {
  EnsuredKeySpec,
  ExportPolicy,
  ImportKeySpec,
  KeySpec,
  PublicJwkSet,
  RotationOptions,
} from './keys/key-specification.ts'
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
export type { HkdfParameters } from './keys/local/material/derivation.ts'
export type { ImportableKey } from './keys/local/material/read-key.ts'
export type { SecretMaterial } from './keys/local/material/key-material.ts'
export type { Support } from './keys/local/material/runtime-support.ts'
export { KeyRotation } from './keys/local/key-rotation.ts'
export type { KeyRotationEvents, KeyStateChange } from './keys/local/key-rotation.ts'
export type { KeyRotationOptions, RotatableKeys } from './keys/local/key-rotation-options.ts'
export { LocalKeyProvider } from './keys/local/local-key-provider.ts'
export type { LocalKeyProviderOptions } from './keys/local/local-key-provider.ts'
export type { Fetch, FetchInit } from './keys/remote/fetching/bounded-fetch.ts'
export type { FetchResponse, ResponseHeaders } from './keys/remote/fetching/response-body.ts'
export type { RequestHeaderOption } from './keys/remote/fetching/request-headers.ts'
// For tools that examine an issuer.
export { metadataLocations } from './keys/remote/fetching/discovery.ts'
export { RemoteJwksKeyProvider } from './keys/remote/remote-jwks-key-provider.ts'
export type { RemoteJwksKeyProviderOptions } from './keys/remote/remote-jwks-key-provider.ts'
export type { LocalKeys } from './keys/remote/with-local-keys.ts'
export type { KeySourceHealth } from './keys/remote/sets/held-key-set.ts'
export type { KeyNote } from './keys/remote/sets/key-set.ts'
export type { KeyIdentity } from './keys/remote/sets/key-set-changes.ts'
export type { KeySetSnapshot } from './keys/remote/sets/key-set-snapshot.ts'
export type { Phase } from './keys/remote/policy/refresh-policy.ts'
export type { RemoteKeyOptions } from './keys/remote/remote-key-options.ts'
export { keySourceChannel } from './keys/remote/source-events.ts'
export type { KeySourceEvents } from './keys/remote/source-events.ts'
export type { EncryptionKeysOption } from './keys/stored/records/encryption-keys.ts'
export type { StoredKeyEvents } from './keys/stored/stored-key-events.ts'
export type { StoredKeyProviderOptions } from './keys/stored/stored-key-options.ts'
export { StoredKeyProvider } from './keys/stored/stored-key-provider.ts'
export type { StoredKeyHealth } from './keys/stored/stored-key-health.ts'
export { memoryReplayStore } from './replay/memory-replay-store.ts'
export type { MemoryReplayStore, MemoryReplayStoreOptions } from './replay/memory-replay-store.ts'
export { replayUse } from './replay/replay-store.ts'
export type { ReplayStore, ReplayUse, UseOptions } from './replay/replay-store.ts'
export type { RecordNote } from './replication/replica-events.ts'
export type { ReplicaEvents } from './replication/replica-events.ts'
export type { ReplicaHealth } from './replication/replica-health.ts'
export type { ReplicaOptions } from './replication/replica-options.ts'
export type { IdentifierKind } from './revocation/identifier.ts'
export type { RevocableClaims } from './revocation/revocable-claims.ts'
export type { Revocation, RevocationEvents } from './revocation/revocation-events.ts'
export type { RevocationsOptions } from './revocation/revocation-options.ts'
export { Revocations } from './revocation/revocations.ts'
export type { RevocationHealth } from './revocation/revocations.ts'
export type { TokensToRevoke } from './revocation/tokens-to-revoke.ts'
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
