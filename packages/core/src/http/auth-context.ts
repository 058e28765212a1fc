import type { AccessTokenClaims, JwtHeader } from '../jwt/jws/compact-jws.ts'

/**
 * For applications to fill in, once per program. It tells the compiler what the options say at run time.
 *
 * - `claims`: the type of the claims in all handlers and predicates. Default: {@link AccessTokenClaims}.
 * - `mode: 'optional'`: the auth context of a request may be undefined. For the option `mode: 'optional'`.
 * - `property: 'caller'`: the requests of the framework have `caller` instead of `auth`. For the option `property`, in
 *   Fastify `decorateAs`, and for programs in which another package declares `auth`. A union stands for several
 *   properties, `never` for none.
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

/** The claims of the application, or those of any access token. */
export type RegisteredClaims = Register extends { claims: infer Claims } ? Claims : AccessTokenClaims

/** What handlers learn about the caller. */
export interface AuthContext<Claims = RegisteredClaims> {
  readonly token: string
  /** The scheme that presented the token (RFC 9110 §11.1). */
  readonly scheme: string
  readonly header: JwtHeader
  readonly claims: Claims
  readonly scopes: readonly string[]
  /** What stood beside the token and was checked. Undefined for `Bearer`. */
  readonly proof?: object | undefined
}

/** The auth context of a request that `verifyJwt` let through: possibly undefined if optional mode was registered. */
export type RegisteredAuth = Register extends { mode: 'optional' } ? AuthContext | undefined : AuthContext

/** What adapters declare on the requests of their framework: `auth`, or the property that was registered. */
export type RequestAuth = Register extends { property: infer Name extends string }
  ? { [Property in Name]: RegisteredAuth }
  : DefaultRequestAuth

interface DefaultRequestAuth {
  /** Set by `verifyJwt`. In optional mode undefined for requests without credentials. */
  auth: RegisteredAuth
}
