import type { AccessTokenClaims, TokenHeader } from '../jwt/jws/compact-jws.ts'

/**
 * Declares to the compiler what the options do at run time. An application extends it once per program.
 *
 * - `claims`: the type of the claims in all handlers and predicates. Default: {@link AccessTokenClaims}.
 * - `mode: 'optional'`: the auth context of a request may be undefined. Register it with the option `mode: 'optional'`.
 * - `property: 'caller'`: requests have the property `caller` instead of `auth`. Register it with the option `property`
 *   (in Fastify `decorateAs`), or if another package declares `auth`. Use a union for several properties and `never`
 *   for none.
 *
 * ```ts
 * import type { AccessTokenClaims } from '@bearerkit/core'
 *
 * declare module '@bearerkit/core' {
 *   interface Register {
 *     claims: AccessTokenClaims & { tenant?: string }
 *   }
 * }
 * ```
 */
export interface Register {}

/** The claims type that the application registered. Default: {@link AccessTokenClaims}. */
export type RegisteredClaims = Register extends { claims: infer Claims } ? Claims : AccessTokenClaims

/** Describes the caller to handlers: the access token and its verified content. */
export interface AuthContext<Claims = RegisteredClaims> {
  /** The token as the client sent it. Keep it out of logs. */
  readonly token: string
  /** The scheme that presented the token (RFC 9110 §11.1). */
  readonly scheme: 'Bearer' | 'DPoP'
  readonly header: TokenHeader
  /** The verified claims, or the output of the schema in the option `claims`. */
  readonly claims: Claims
  /** The granted scopes: from the claims `scope` or `scp`, or from the one that the option `scopeClaim` names. */
  readonly scopes: readonly string[]
  /** The verified proof of possession. Undefined if the token is not bound to a key. */
  readonly proof?: ProofOfPossession | undefined
}

/** The proof that the sender holds the key to which the token is bound. `thumbprint` identifies the key. */
export type ProofOfPossession = DpopProofOfPossession | CertificateProofOfPossession

/** A DPoP proof (RFC 9449). If the token is also bound to a certificate, both were checked. */
export interface DpopProofOfPossession {
  readonly kind: 'dpop'
  /** The JWK thumbprint (RFC 7638) of the key: the token's `cnf.jkt`. */
  readonly thumbprint: string
  /** The unique identifier of the proof. */
  readonly jti: string
}

/** The certificate of the client's TLS connection (RFC 8705). */
export interface CertificateProofOfPossession {
  readonly kind: 'mtls'
  /** The SHA-256 thumbprint of the certificate: the token's `cnf["x5t#S256"]`. */
  readonly thumbprint: string
}

/** The auth context of a request that `verifyJwt` let through. May be undefined if optional mode is registered. */
export type RegisteredAuth = Register extends { mode: 'optional' } ? AuthContext | undefined : AuthContext

/** The property that adapters declare on the requests of their framework: `auth`, or the registered name. */
export type RequestAuth = Register extends { property: infer Name extends string }
  ? { [Property in Name]: RegisteredAuth }
  : DefaultRequestAuth

interface DefaultRequestAuth {
  /** Set by `verifyJwt`. In optional mode, undefined for requests without credentials. */
  auth: RegisteredAuth
}
