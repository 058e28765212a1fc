import {
  asymmetricSignatureAlgorithms,
  type HttpRequest,
  type HttpResponse,
  JwksEndpoint,
  type JwksPublisher,
} from '@bearerkit/core'
import type { Fault } from './fault.ts'
import type { Introspection } from './endpoints/introspection.ts'
import type { Revocation } from './endpoints/revocation.ts'
import type { TokenEndpoint } from './endpoints/token-endpoint.ts'

/** The documents of an issuer, named as in its URLs, and the endpoints for its client. */
export type DocumentName =
  'jwks' | 'openid-configuration' | 'oauth-authorization-server' | 'token' | 'introspection' | 'revocation'

/** The endpoints for the client of an issuer. */
export interface ClientEndpoints {
  readonly token: TokenEndpoint
  readonly introspection: Introspection
  readonly revocation: Revocation
}

/** The URLs of an issuer and of its keys. */
export interface IssuerLocation {
  /** Without a trailing slash. */
  readonly issuer: string
  readonly jwksUrl: string
}

type Answering = (request: HttpRequest, body: string) => Promise<HttpResponse>

/** The documents and endpoints of an issuer: their paths and their content. */
export class IssuerDocuments {
  readonly #names: ReadonlyMap<string, DocumentName>
  readonly #answers: Readonly<Record<DocumentName, Answering>>
  readonly #endpoints: ClientEndpoints

  /** @param changes members of the metadata to set; undefined removes one */
  constructor(
    { issuer, jwksUrl }: IssuerLocation,
    keys: JwksPublisher,
    endpoints: ClientEndpoints,
    changes: Readonly<Record<string, unknown>> = {},
  ) {
    this.#endpoints = endpoints
    const { pathname } = new URL(issuer)
    const path = pathname === '/' ? '' : pathname
    this.#names = new Map<string, DocumentName>([
      [new URL(jwksUrl).pathname, 'jwks'],
      // OpenID Connect Discovery 1.0 §4 appends its well-known segment to the issuer's path; RFC 8414 §3.1 prepends it.
      [`${path}/.well-known/openid-configuration`, 'openid-configuration'],
      [`/.well-known/oauth-authorization-server${path}`, 'oauth-authorization-server'],
      [`${path}/token`, 'token'],
      [`${path}/introspect`, 'introspection'],
      [`${path}/revoke`, 'revocation'],
    ])
    const jwks = new JwksEndpoint(keys)
    const metadata = JSON.stringify({ ...metadataOf({ issuer, jwksUrl }), ...changes })
    this.#answers = {
      jwks: (request) => jwks.respond(request),
      'openid-configuration': async (request) => json(metadata, request),
      'oauth-authorization-server': async (request) => json(metadata, request),
      token: (request, body) => endpoints.token.respond(request, body),
      introspection: (request, body) => endpoints.introspection.respond(request, body),
      revocation: (request, body) => endpoints.revocation.respond(request, body),
    }
  }

  /** Returns the document at a path, or undefined if there is none. */
  nameOf(path: string): DocumentName | undefined {
    return this.#names.get(path)
  }

  /** Returns true if requests have a body: a form. */
  takesForm(document: DocumentName | undefined): boolean {
    return document !== undefined && Object.hasOwn(this.#endpoints, document)
  }

  /** Returns the fault of the token that a request asks about, if it has one. */
  faultOf(document: DocumentName | undefined, body: string): Fault | undefined {
    return document === 'introspection' ? this.#endpoints.introspection.faultOf(body) : undefined
  }

  async respond(document: DocumentName | undefined, request: HttpRequest, body: string): Promise<HttpResponse> {
    if (document === undefined) return { status: 404, headers: {}, body: '' }
    return this.#answers[document](request, body)
  }
}

const clientAuthentication = ['client_secret_basic', 'client_secret_post']

/** What OpenID Connect Discovery 1.0 §3 and RFC 8414 §2 require. The authorization endpoint does not exist. */
function metadataOf({ issuer, jwksUrl }: IssuerLocation): Readonly<Record<string, unknown>> {
  return {
    issuer,
    jwks_uri: jwksUrl,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    token_endpoint_auth_methods_supported: clientAuthentication,
    introspection_endpoint: `${issuer}/introspect`,
    introspection_endpoint_auth_methods_supported: clientAuthentication,
    revocation_endpoint: `${issuer}/revoke`,
    revocation_endpoint_auth_methods_supported: clientAuthentication,
    grant_types_supported: ['client_credentials'],
    dpop_signing_alg_values_supported: asymmetricSignatureAlgorithms,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: asymmetricSignatureAlgorithms,
  }
}

function json(body: string, { method }: HttpRequest): HttpResponse {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' }, body: '' }
  const headers = { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' }
  return { status: 200, headers, body }
}
