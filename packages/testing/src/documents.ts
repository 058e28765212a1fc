import {
  asymmetricSignatureAlgorithms,
  type HttpRequest,
  type HttpResponse,
  JwksEndpoint,
  type JwksPublisher,
} from '@bearerkit/core'

/** The documents of an issuer, by the names they have in its URLs. */
export type DocumentName = 'jwks' | 'openid-configuration' | 'oauth-authorization-server'

/** Where an issuer is, and where its keys are. */
export interface IssuerLocation {
  /** Without a slash at the end. */
  readonly issuer: string
  readonly jwksUrl: string
}

/** The public side of an issuer: which document is at which path, and what it says. */
export class IssuerDocuments {
  readonly #names: ReadonlyMap<string, DocumentName>
  readonly #answers: Readonly<Record<DocumentName, (request: HttpRequest) => Promise<HttpResponse>>>

  constructor({ issuer, jwksUrl }: IssuerLocation, keys: JwksPublisher) {
    const { pathname } = new URL(issuer)
    const path = pathname === '/' ? '' : pathname
    this.#names = new Map<string, DocumentName>([
      [new URL(jwksUrl).pathname, 'jwks'],
      // OpenID Connect Discovery 1.0 §4 appends to the issuer's path; RFC 8414 §3.1 puts itself before it.
      [`${path}/.well-known/openid-configuration`, 'openid-configuration'],
      [`/.well-known/oauth-authorization-server${path}`, 'oauth-authorization-server'],
    ])
    const jwks = new JwksEndpoint(keys)
    const metadata = JSON.stringify(metadataOf({ issuer, jwksUrl }))
    this.#answers = {
      jwks: (request) => jwks.respond(request),
      'openid-configuration': async (request) => json(metadata, request),
      'oauth-authorization-server': async (request) => json(metadata, request),
    }
  }

  /** Undefined for a path at which there is nothing. */
  nameOf(path: string): DocumentName | undefined {
    return this.#names.get(path)
  }

  async respond(document: DocumentName | undefined, request: HttpRequest): Promise<HttpResponse> {
    if (document === undefined) return { status: 404, headers: {}, body: '' }
    return this.#answers[document](request)
  }
}

/** What OpenID Connect Discovery 1.0 §3 and RFC 8414 §2 require. Nothing is behind the two endpoints. */
function metadataOf({ issuer, jwksUrl }: IssuerLocation): Readonly<Record<string, unknown>> {
  return {
    issuer,
    jwks_uri: jwksUrl,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: asymmetricSignatureAlgorithms,
  }
}

function json(body: string, { method }: HttpRequest): HttpResponse {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' }, body: '' }
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body }
}
