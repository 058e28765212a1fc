import { dpopNonces, type ForwardedCertificate, LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import { createDpopClient, createTestCertificate, type DpopClient } from '@bearerkit/testing'
import {
  answerError,
  authOf,
  jwksHandler,
  type Middleware,
  protect,
  requireAuthorizationDetails,
  requireClaims,
  requireScopes,
  revocationHandler,
  verifyJwt,
  type VerifyJwtOptions,
  withConnection,
} from '../src/index.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const keys = new LocalKeyProvider()
const tokens = new TokenIssuer({ keys, issuer, audience })
let token: string

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256' })
  token = await tokens.issue({ sub: 'user-1', scope: 'reports:read' })
})

function verifying(options: VerifyJwtOptions = {}): ReturnType<typeof verifyJwt> {
  return verifyJwt({ keys, issuer, audience, ...options })
}

function asking(authorization = `Bearer ${token}`, headers: Record<string, string> = {}): Request {
  return new Request('https://api.example.com/me', { headers: { authorization, ...headers } })
}

describe('protect', () => {
  it('runs the handler with the auth context, and with all arguments of the host', async () => {
    const handler = protect(verifying(), async (request, context: { id: number }) => {
      return Response.json([request.auth.claims.sub, context.id])
    })
    expect(await (await handler(asking(), { id: 7 })).json()).toEqual(['user-1', 7])
  })

  it('answers a refused request as JSON, with its challenge', async () => {
    const response = await protect([verifying(), requireScopes('admin')], () => new Response())(asking())
    expect([response.status, await response.json()]).toEqual([
      403,
      { error: 'insufficient_scope', error_description: 'The access token does not have the required scope' },
    ])
    expect(response.headers.get('www-authenticate')).toContain('scope="admin"')
  })

  it('runs the guard of authorization details (RFC 9396)', async () => {
    const details = [{ type: 'payment', actions: ['initiate'] }]
    const granted = await tokens.issue({ sub: 'user-1', authorization_details: details })
    const handler = protect([verifying(), requireAuthorizationDetails(details[0]!)], () => new Response())
    expect((await handler(asking(`Bearer ${granted}`))).status).toBe(200)
    expect((await handler(asking())).status).toBe(403)
  })

  it('can be nested: a handler that passes may call another protected one', async () => {
    const reports = protect(requireScopes('reports:read'), (request) => new Response(request.auth.claims.sub))
    const response = await protect(verifying(), (request) => reports(request))(asking())
    expect(await response.text()).toBe('user-1')
  })

  it('runs the steps in their order, and none after one that refuses', async () => {
    const order: string[] = []
    const noting =
      (name: string): Middleware =>
      async (_request, next) => {
        order.push(name)
        const response = await next()
        order.push(`after ${name}`)
        return response
      }
    const steps = [noting('first'), verifying(), noting('second')]
    await protect(steps, () => new Response())(asking())
    expect(order.splice(0)).toEqual(['first', 'second', 'after second', 'after first'])
    await protect([...steps, requireClaims({ sub: 'user-2' }), noting('third')], () => new Response())(asking())
    expect(order).toEqual(['first', 'second'])
  })

  it('adds the challenge to whatever an error handler returns', async () => {
    const reasons: unknown[] = []
    const handler = protect(
      verifying({ audience: 'another' }),
      () => new Response(),
      (error) => {
        reasons.push((error as { reason: string }).reason)
        return Response.redirect('https://login.example.com/', 302)
      },
    )
    const { status, headers } = await handler(asking())
    expect([status, headers.get('location')]).toEqual([302, 'https://login.example.com/'])
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect(reasons).toEqual(['audience_mismatch'])
  })

  it.each<[string, () => Response | Promise<Response>]>([
    [
      'throws',
      () => {
        throw new Error('a fault of the handler')
      },
    ],
    ['rejects', () => Promise.reject(new Error('a fault of the handler'))],
  ])('leaves an error to the host if the handler %s', async (_how, fail) => {
    await expect(protect(verifying(), fail)(asking())).rejects.toThrow('a fault of the handler')
  })

  it('throws if a guard has no verifyJwt before it', async () => {
    const unguarded = protect(requireScopes('a'), () => new Response())
    await expect(unguarded(asking())).rejects.toMatchObject({ name: 'ConfigurationError' })
  })

  it('throws nothing but what answerError throws again', () => {
    expect(() => answerError(new Error('mine'))).toThrow('mine')
  })
})

describe('verifyJwt with a Request alone', () => {
  const handler = (options?: VerifyJwtOptions): ((request: Request) => Promise<Response>) =>
    protect(verifying(options), (request) => new Response(request.auth === undefined ? 'anybody' : 'somebody'))

  it.each<[string, (token: string) => string, number, string]>([
    ['two tokens', (t) => `Bearer ${t}, Bearer ${t}`, 400, 'There is more than one access token'],
    ['a token after another scheme', (t) => `Basic dXNlcjpwYXNz, Bearer ${t}`, 400, 'There is more than one'],
    ['a token before another scheme', (t) => `Bearer ${t}, Basic dXNlcjpwYXNz`, 400, 'There is more than one'],
    ['an empty line before a token', (t) => `, Bearer ${t}`, 400, 'There is more than one'],
    ['a token with a comma', () => 'Bearer a,b', 400, 'The credentials are malformed'],
    ['a scheme with parameters', () => 'Digest username="a", realm="b", qop=auth', 401, 'Authentication is required'],
  ])('refuses %s in what `Headers` joined', async (_what, header, status, description) => {
    for (const mode of ['required', 'optional'] as const) {
      const response = await handler({ mode })(asking(header(token)))
      if (status === 401 && mode === 'optional') expect(await response.text()).toBe('anybody')
      else expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(description)])
    }
  })

  it('gives a Request one auth context for each property', async () => {
    const both = protect([verifying(), verifying({ property: 'caller', scopeClaim: 'sub' })], (request) => {
      const { caller } = request as unknown as { caller: { scopes: string[] } }
      return Response.json([request.auth.scopes, caller.scopes, authOf(request)?.scopes])
    })
    expect(await (await both(asking())).json()).toEqual([['reports:read'], ['user-1'], ['user-1']])
  })

  it('forgets a resolved issuer immediately, including its cached tokens', async () => {
    let isKnown = true
    const authenticate = verifyJwt({ audience, resolveIssuer: () => (isKnown ? { keys } : undefined) })
    const ask = async (): Promise<number> => (await protect(authenticate, () => new Response())(asking())).status
    expect(await ask()).toBe(200)
    isKnown = false
    expect(await ask()).toBe(200)
    authenticate.forgetIssuer(issuer)
    expect(await ask()).toBe(401)
  })

  it('refuses a token that is bound to a certificate, because it sees no connection', async () => {
    const certificate = createTestCertificate().cert
    const bound = await tokens.issue({ sub: 'user-1' }, { boundTo: { certificate } })
    expect((await handler({ mtls: true })(asking(`Bearer ${bound}`))).status).toBe(401)
  })

  it('lets `trusted` see the address that the host tells', async () => {
    const { cert: certificate, der } = createTestCertificate()
    const bound = await tokens.issue({ sub: 'user-1' }, { boundTo: { certificate } })
    const trusted: ForwardedCertificate['trusted'] = ({ socket }) => socket?.remoteAddress === '10.0.0.7'
    const guarded = handler({ mtls: { certificate: { header: 'client-cert', format: 'rfc9440', trusted } } })
    const from = async (remoteAddress: string): Promise<number> => {
      const request = asking(`Bearer ${bound}`, { 'client-cert': `:${der.toString('base64')}:` })
      return (await guarded(withConnection(request, { socket: { remoteAddress } }))).status
    }
    expect([await from('10.0.0.7'), await from('10.0.0.8')]).toEqual([200, 401])
  })
})

describe('DPoP with a Request alone', () => {
  let client: DpopClient
  let bound: string

  beforeAll(async () => {
    client = await createDpopClient()
    bound = await tokens.issue({ sub: 'user-1' }, { boundTo: { jkt: client.jkt } })
  })

  async function proven(url: string, asked = url, nonce?: string): Promise<Request> {
    const dpop = await client.proof({ url, token: bound, nonce })
    return new Request(asked, { headers: { authorization: `DPoP ${bound}`, dpop } })
  }

  it.each([
    ['the same', 'https://api.example.com/me', 'https://api.example.com/me?a=b', 200],
    ['the same in clear text', 'http://api.example.com:8080/me', 'http://api.example.com:8080/me', 200],
    ['another scheme', 'http://api.example.com/me', 'https://api.example.com/me', 401],
    ['another host', 'https://other.example/me', 'https://api.example.com/me', 401],
    ['another path', 'https://api.example.com/you', 'https://api.example.com/me', 401],
  ])('compares the URL of the proof with that of the request: %s', async (_what, url, asked, status) => {
    const response = await protect(verifying({ dpop: true }), () => new Response())(await proven(url, asked))
    expect(response.status).toBe(status)
  })

  it('refuses a proof if the host cannot tell the URL, as with a malformed `Host`', async () => {
    const request = await proven('https://api.example.com/me')
    // As Bun says it.
    Object.defineProperty(request, 'url', { value: '/me' })
    request.headers.set('host', 'api.example.com/me?x=')
    expect((await protect(verifying({ dpop: true }), () => new Response())(request)).status).toBe(401)
  })

  it('sends the next nonce with the response of the handler, also with one whose headers are immutable', async () => {
    let now = Date.now()
    const nonces = dpopNonces('a secret that all instances share', { clock: { now: () => now } })
    const former = nonces.current()
    now += 60_000
    const handler = protect(verifying({ dpop: { nonce: nonces } }), () =>
      Response.redirect('https://api.example.com/elsewhere', 302),
    )
    const response = await handler(await proven('https://api.example.com/me', undefined, former))
    expect([response.status, response.headers.get('dpop-nonce')]).toEqual([302, nonces.current()])
  })
})

describe('a handler', () => {
  it.each([
    ['GET', 200],
    ['HEAD', 200],
    ['POST', 405],
  ])('serves the JWKS to %s', async (method, status) => {
    const response = await jwksHandler(keys)(new Request('https://api.example.com/jwks', { method }))
    expect(response.status).toBe(status)
    if (status === 200) expect(response.headers.get('content-type')).toBe('application/jwk-set+json')
  })

  it('that refuses a request without reading its body is unharmed by a client that leaves', async () => {
    const revoke = revocationHandler(
      { revoke: () => Promise.resolve() },
      { verification: { keys, issuer, audience }, authenticate: () => 'client-1' },
    )
    let leave!: (error: Error) => void
    const body = new ReadableStream({ start: (controller) => (leave = (error) => controller.error(error)) })
    const init = { method: 'POST', body, duplex: 'half' as const, headers: { 'content-type': 'text/plain' } }
    const { status } = await revoke(new Request('https://api.example.com/revoke', init))
    expect(status).toBe(400)
    // Jest fails the test if the error is emitted while nobody listens.
    leave(new Error('the client has left'))
    await new Promise(setImmediate)
  })

  it('takes a form without a body, as hosts hand on an empty one, for an empty form', async () => {
    const revoke = revocationHandler(
      { revoke: () => Promise.resolve() },
      { verification: { keys, issuer, audience }, authenticate: () => false },
    )
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = new Request('https://api.example.com/revoke', { method: 'POST', headers })
    expect([request.body, (await revoke(request)).status]).toEqual([null, 401])
  })

  it('answers 304 without a body', async () => {
    const handler = jwksHandler(keys)
    const etag = (await handler(new Request('https://api.example.com/jwks'))).headers.get('etag') ?? ''
    const again = await handler(new Request('https://api.example.com/jwks', { headers: { 'if-none-match': etag } }))
    expect([again.status, again.body]).toEqual([304, null])
  })
})
