import {
  type Clock,
  type HttpRequest,
  type HttpResponse,
  IntrospectionEndpoint,
  type LocalKeyProvider,
} from '@bearerkit/core'
import { authenticating, type TestClient } from './client-requests.ts'
import type { Fault } from '../fault.ts'
import type { OpaqueTokens } from '../opaque-tokens.ts'

export interface IntrospectionContext {
  readonly issuer: string
  readonly keys: LocalKeyProvider
  readonly clock: Clock
  readonly tokens: OpaqueTokens
  readonly client: TestClient
}

/** The introspection endpoint of the issuer: RFC 7662. The client may ask about every token. */
export class Introspection {
  readonly #tokens: OpaqueTokens
  readonly #endpoint: IntrospectionEndpoint

  constructor({ issuer, keys, clock, tokens, client }: IntrospectionContext) {
    this.#tokens = tokens
    const isRevoked = (_claims: object, _header: object, { token }: { readonly token: string }): boolean =>
      tokens.isRevoked(token)
    this.#endpoint = new IntrospectionEndpoint({
      find: (token) => tokens.claimsOf(token),
      verification: { issuer, audience: null, keys, clock, isRevoked },
      authenticate: authenticating(client),
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
