import type { Form, HttpRequest, HttpResponse, IntrospectionHandlerOptions } from '@bearerkit/core'

/** The credentials of a client that may ask the issuer for tokens, and about them. */
export interface TestClient {
  readonly clientId: string
  readonly clientSecret: string
}

/** Authenticates one client by `client_secret_basic` or `client_secret_post`: RFC 6749 §2.3.1. */
export function authenticating({ clientId, clientSecret }: TestClient): IntrospectionHandlerOptions['authenticate'] {
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

/** Answers a request of the client with these parameters. */
export type ClientAnswer = (form: Form, request: HttpRequest) => HttpResponse | Promise<HttpResponse>

/** Answers a POST with a form, if the client is authenticated. Refuses every other request: RFC 6749 §3.2, §5.2. */
export function answeringClient(
  client: TestClient,
  answer: ClientAnswer,
): (request: HttpRequest, body: string) => Promise<HttpResponse> {
  const authenticate = authenticating(client)
  return async (request, body) => {
    if (request.method !== 'POST') return refused('invalid_request', 'The method must be POST', notPost)
    const form = formIn(request, body)
    if (form === undefined) return refused('invalid_request', 'The body must be a form without repeated parameters')
    if ((await authenticate(request, form)) === false)
      return refused('invalid_client', 'The client is not authenticated', notAuthenticated)
    return answer(form, request)
  }
}

const notPost = { status: 405, headers: { Allow: 'POST' } }
const notAuthenticated = { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="issuer"' } }

/** RFC 6749 §3.2: a parameter must not be included more than once. */
function formIn({ headers }: HttpRequest, body: string): Form | undefined {
  if (!/^application\/x-www-form-urlencoded\b/i.test(String(headers['content-type']))) return undefined
  const parameters = [...new URLSearchParams(body)]
  const names = new Set(parameters.map(([name]) => name))
  return names.size === parameters.length ? Object.fromEntries(parameters) : undefined
}

/** RFC 6749 §5.2: an error of the token endpoint. Default: 400. */
export function refused(
  error: string,
  description: string,
  { status = 400, headers = {} }: Partial<Pick<HttpResponse, 'status' | 'headers'>> = {},
): HttpResponse {
  const answer = json({ error, error_description: description })
  return { ...answer, status, headers: { ...answer.headers, ...headers } }
}

export function json(value: object): HttpResponse {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  return { status: 200, headers, body: JSON.stringify(value) }
}
