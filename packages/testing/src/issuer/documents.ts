import {
  asymmetricSignatureAlgorithms,
  type HttpRequest,
  type HttpResponse,
  JwksEndpoint,
  type JwksPublisher,
} from '@bearerkit/core'
import type { Fault } from './fault.ts'
import type { Introspection } from './introspection.ts'

/** The documents of an issuer, named as in its URLs, and its answers about tokens. */
export type DocumentName = 'jwks' | 'openid-configuration' | 'oauth-authorization-server' | 'introspection'

/** The URLs of an issuer and of its keys. */
export interface IssuerLocation {
  /** Without a trailing slash. */
  readonly issuer: string
  readonly jwksUrl: string
}

type Answering = (request: HttpRequest, body: string) => Promise<HttpResponse>

/** The documents of an issuer: their paths and their content. */
export class IssuerDocuments {
  readonly #names: ReadonlyMap<string, DocumentName>
  readonly #answers: Readonly<Record<DocumentName, Answering>>
  readonly #introspection: Introspection

  /** @param changes members of the metadata to set; undefined removes one */
  constructor(
    { issuer, jwksUrl }: IssuerLocation,
    keys: JwksPublisher,
    introspection: Introspection,
    changes: Readonly<Record<string, unknown>> = {},
  ) {
    this.#introspection = introspection
    const { pathname } = new URL(issuer)
    const path = pathname === '/' ? '' : pathname
    this.#names = new Map<string, DocumentName>([
      [new URL(jwksUrl).pathname, 'jwks'],
      // OpenID Connect Discovery 1.0 §4 appends its well-known segment to the issuer's path; RFC 8414 §3.1 prepends it.
      [`${path}/.well-known/openid-configuration`, 'openid-configuration'],
      [`/.well-known/oauth-authorization-server${path}`, 'oauth-authorization-server'],
      [`${path}/introspect`, 'introspection'],
    ])
    const jwks = new JwksEndpoint(keys)
    const metadata = JSON.stringify({ ...metadataOf({ issuer, jwksUrl }), ...changes })
    this.#answers = {
      jwks: (request) => jwks.respond(request),
      'openid-configuration': async (request) => json(metadata, request),
      'oauth-authorization-server': async (request) => json(metadata, request),
      introspection: (request, body) => introspection.respond(request, body),
    }
  }

  /** Returns the document at a path, or undefined if there is none. */
  nameOf(path: string): DocumentName | undefined {
    return this.#names.get(path)
  }

  /** Returns the fault of the token that a request asks about, if it has one. */
  faultOf(document: DocumentName | undefined, body: string): Fault | undefined {
    return document === 'introspection' ? this.#introspection.faultOf(body) : undefined
  }

  async respond(document: DocumentName | undefined, request: HttpRequest, body: string): Promise<HttpResponse> {
    if (document === undefined) return { status: 404, headers: {}, body: '' }
    return this.#answers[document](request, body)
  }
}

/**
 * The metadata that OpenID Connect Discovery 1.0 §3 and RFC 8414 §2 require, and the introspection endpoint. The other two
 * endpoints do not exist.
 */
function metadataOf({ issuer, jwksUrl }: IssuerLocation): Readonly<Record<string, unknown>> {
  return {
    issuer,
    jwks_uri: jwksUrl,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: asymmetricSignatureAlgorithms,
  }
}

function json(body: string, { method }: HttpRequest): HttpResponse {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' }, body: '' }
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body }
}
