import {
  type Clock,
  DpopTokenRequests,
  type Form,
  type HttpRequest,
  type HttpResponse,
  type IssueClaims,
  type IssueOptions,
  ProofError,
  type RequestedBinding,
  TokenIssueError,
} from '@bearerkit/core'
import { answeringClient, json, refused, type TestClient } from './client-requests.ts'
import { jsonSegmentsOf } from '../../tokens/forge.ts'

export interface TokenEndpointContext {
  readonly origin: string
  readonly client: TestClient
  readonly clock: Clock
  readonly issue: (claims: IssueClaims, options: IssueOptions) => Promise<string>
}

/** Pages of every origin may ask for tokens, as single-page applications do. They need the secret of the client. */
const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'DPoP-Nonce, WWW-Authenticate' }

const preflight: HttpResponse = {
  status: 204,
  headers: {
    ...cors,
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP',
  },
  body: '',
}

/**
 * The token endpoint of the issuer, for client credentials: RFC 6749 §4.4. A request may have a `scope`, a `resource`
 * (RFC 8707) or an `audience`, and `claims`, which is a JSON object of further claims. With a DPoP proof, the token is bound
 * to its key (RFC 9449 §5).
 */
export class TokenEndpoint {
  readonly #issue: TokenEndpointContext['issue']
  readonly #clientId: string
  readonly #dpop: DpopTokenRequests
  readonly #answer: (request: HttpRequest, body: string) => Promise<HttpResponse>

  constructor({ origin, client, clock, issue }: TokenEndpointContext) {
    this.#issue = issue
    this.#clientId = client.clientId
    this.#dpop = new DpopTokenRequests({ publicUrl: origin, clock })
    this.#answer = answeringClient(client, (form, request) => this.#grant(form, request))
  }

  async respond(request: HttpRequest, body: string): Promise<HttpResponse> {
    if (request.method === 'OPTIONS') return preflight
    const { headers, ...answer } = await this.#answer(request, body)
    return { ...answer, headers: { ...headers, ...cors } }
  }

  async #grant(form: Form, request: HttpRequest): Promise<HttpResponse> {
    if (form['grant_type'] !== 'client_credentials')
      return refused('unsupported_grant_type', 'The only grant_type is client_credentials')
    const claims = claimsIn(form)
    if (claims === undefined) return refused('invalid_request', 'The parameter claims must be a JSON object')
    try {
      return await this.#granted(claims, form, await this.#dpop.bindingOf(request))
    } catch (error) {
      return refusalFor(error)
    }
  }

  async #granted(
    claims: IssueClaims,
    { scope, resource, audience = resource }: Form,
    binding: RequestedBinding | undefined,
  ): Promise<HttpResponse> {
    // RFC 9068 §2.2: a client that acts on its own behalf is the subject.
    const own = { sub: this.#clientId, client_id: this.#clientId, ...(scope !== undefined && { scope }) }
    const options = { ...(audience !== undefined && { audience }), ...(binding && { boundTo: binding.boundTo }) }
    const token = await this.#issue({ ...own, ...claims }, options)
    const [, { exp, iat, scope: granted }] = jsonSegmentsOf(token)
    const answer = json({
      access_token: token,
      token_type: binding === undefined ? 'Bearer' : 'DPoP',
      expires_in: Number(exp) - Number(iat),
      scope: granted,
    })
    return { ...answer, headers: { ...answer.headers, ...binding?.headers } }
  }
}

function claimsIn({ claims = '{}' }: Form): IssueClaims | undefined {
  try {
    const parsed: unknown = JSON.parse(claims)
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isObject ? (parsed as IssueClaims) : undefined
  } catch {
    return undefined
  }
}

/** @throws the error if the request is not its cause */
function refusalFor(error: unknown): HttpResponse {
  if (error instanceof ProofError) return refused(error.error, error.message, { headers: error.headers })
  if (error instanceof TokenIssueError) return refused('invalid_request', error.message)
  throw error
}
