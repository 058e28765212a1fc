import { randomUUID } from 'node:crypto'
import {
  type Clock,
  type HttpRequest,
  type HttpResponse,
  IntrospectionEndpoint,
  type IntrospectionHandlerOptions,
  type LocalKeyProvider,
} from '@bearerkit/core'
import type { Fault } from './fault.ts'
import type { OpaqueTokens } from './opaque-tokens.ts'

/** The credentials of a client that may ask about all tokens, as options of `introspection`. */
export interface TestClient {
  readonly clientId: string
  readonly clientSecret: string
}

export interface IntrospectionContext {
  readonly issuer: string
  readonly keys: LocalKeyProvider
  readonly clock: Clock
  readonly tokens: OpaqueTokens
}

/** The introspection endpoint of the issuer: RFC 7662. */
export class Introspection {
  readonly client: TestClient = { clientId: 'test-client', clientSecret: randomUUID() }
  readonly #tokens: OpaqueTokens
  readonly #endpoint: IntrospectionEndpoint

  constructor({ issuer, keys, clock, tokens }: IntrospectionContext) {
    this.#tokens = tokens
    const isRevoked = (_claims: object, _header: object, { token }: { readonly token: string }): boolean =>
      tokens.isRevoked(token)
    this.#endpoint = new IntrospectionEndpoint({
      find: (token) => tokens.claimsOf(token),
      verification: { issuer, audience: null, keys, clock, isRevoked },
      authenticate: authenticating(this.client),
      isMeantFor: () => true,
      signing: { issuer, keys },
      clock,
    })
  }

  /** Answers a request with this body. Answers about forged tokens are never signed. */
  async respond(request: HttpRequest, body: string): Promise<HttpResponse> {
    const response = await this.#endpoint.respond(request, body)
    const forged = this.#tokens.forgedAnswer(tokenIn(body))
    if (forged === undefined || response.status !== 200) return response
    return { ...response, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(forged) }
  }

  /** Returns the fault of the token in this body. */
  faultOf(body: string): Fault | undefined {
    return this.#tokens.faultOf(tokenIn(body))
  }
}

function tokenIn(body: string): string {
  return new URLSearchParams(body).get('token') ?? ''
}

/** Authenticates one client by `client_secret_basic` or `client_secret_post`: RFC 6749 §2.3.1. */
function authenticating({ clientId, clientSecret }: TestClient): IntrospectionHandlerOptions['authenticate'] {
  return ({ headers }, { client_id: id, client_secret: secret }) => {
    const [givenId, givenSecret] = basicCredentialsIn(headers['authorization']) ?? [id, secret]
    return givenId === clientId && givenSecret === clientSecret && clientId
  }
}

/** Both parts are form-encoded before they are joined: RFC 6749 §2.3.1. */
function basicCredentialsIn(authorization: unknown): readonly string[] | undefined {
  const [, encoded] = /^Basic ([\w+/]+={0,2})$/i.exec(String(authorization)) ?? []
  if (encoded === undefined) return undefined
  const parts = Buffer.from(encoded, 'base64').toString().split(':')
  return parts.map((part) => new URLSearchParams(`part=${part}`).get('part') ?? '')
}
