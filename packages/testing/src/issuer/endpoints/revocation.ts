import type { HttpRequest, HttpResponse } from '@bearerkit/core'
import { answeringClient, refused, type TestClient } from './client-requests.ts'
import type { OpaqueTokens } from '../opaque-tokens.ts'

/** The revocation endpoint of the issuer: RFC 7009. The client may revoke every token. */
export class Revocation {
  readonly respond: (request: HttpRequest, body: string) => Promise<HttpResponse>

  constructor(client: TestClient, tokens: OpaqueTokens) {
    this.respond = answeringClient(client, ({ token }) => {
      if (token === undefined || token === '') return refused('invalid_request', 'The parameter token is missing')
      tokens.revoke(token)
      return { status: 200, headers: {}, body: '' }
    })
  }
}
