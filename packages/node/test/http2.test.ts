import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect,
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createDpopClient, createTestCertificate, createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { jwksHandler, protect, requireScopes, verifyJwt, type VerifyJwtOptions } from '../src/index.ts'

type Headers = Readonly<Record<string, string | string[]>>

const own = createTestCertificate()
let issuer: TestIssuer

beforeAll(async () => {
  issuer = await createTestIssuer()
})
afterAll(() => issuer.close())

/** A server that protects all paths, with a connection to it. */
class Connection {
  static async to(server: Http2Server | Http2SecureServer): Promise<Connection> {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const scheme = 'setSecureContext' in server ? 'https' : 'http'
    const origin = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
    return new Connection(server, origin, connect(origin, { rejectUnauthorized: false }))
  }

  readonly origin: string
  readonly session: ClientHttp2Session
  readonly #server: Http2Server | Http2SecureServer

  constructor(server: Http2Server | Http2SecureServer, origin: string, session: ClientHttp2Session) {
    this.#server = server
    this.origin = origin
    this.session = session
  }

  async ask(headers: Headers, path = '/me'): Promise<{ headers: Record<string, unknown>; body: string }> {
    const stream = this.session.request({ ':path': path, ...headers })
    const [answered] = (await once(stream, 'response')) as [Record<string, unknown>]
    return { headers: answered, body: await text(stream) }
  }

  async close(): Promise<void> {
    this.session.close()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function protectedBy(options: VerifyJwtOptions = {}): (req: Http2ServerRequest, res: Http2ServerResponse) => void {
  const authenticate = verifyJwt({ issuer: issuer.issuer, audience: issuer.audience, ...options })
  const reports = protect<Http2ServerRequest, Http2ServerResponse>(requireScopes('reports:read'), (_req, res) =>
    res.end('[]'),
  )
  const jwks = jwksHandler(issuer.keys)
  const guarded = protect<Http2ServerRequest, Http2ServerResponse>(authenticate, (req, res) => {
    if (req.url === '/reports') return reports(req, res)
    if (req.url === '/half') throw half(res)
    res.end(JSON.stringify([req.auth.claims.sub, req.auth.proof?.kind]))
  })
  return (req, res) => (req.url === '/jwks' ? jwks(req, res) : guarded(req, res))
}

function half(res: Http2ServerResponse): Error {
  res.write('half of the response')
  return new Error('too late')
}

describe.each([
  ['HTTP/2 with TLS', (options?: VerifyJwtOptions) => createSecureServer(own, protectedBy(options))],
  ['HTTP/2 in clear text', (options?: VerifyJwtOptions) => createServer(protectedBy(options))],
])('%s', (_how, create) => {
  let connection: Connection
  beforeAll(async () => {
    connection = await Connection.to(create())
  })
  afterAll(() => connection.close())

  test.each<[string, () => Headers | Promise<Headers>, string, number, string | undefined]>([
    ['no credentials', () => ({}), '/me', 401, 'Bearer realm="api"'],
    ['a bad token', () => ({ authorization: 'Bearer bad' }), '/me', 401, 'error="invalid_token"'],
    ['a malformed header', () => ({ authorization: 'Bearer' }), '/me', 400, 'error="invalid_request"'],
    ['an expired token', async () => bearing(await issuer.forged.expired()), '/me', 401, 'has expired'],
    ['a good token', async () => bearing(await issuer.issue()), '/me', 200, undefined],
    ['a token without the scope', async () => bearing(await issuer.issue()), '/reports', 403, 'scope="reports:read"'],
    ['the JWKS', () => ({}), '/jwks', 200, undefined],
  ])('answers %s', async (_what, headers, path, status, challenge) => {
    const answer = await connection.ask(await headers(), path)
    expect(answer.headers[':status']).toBe(status)
    if (challenge === undefined) expect(answer.headers).not.toHaveProperty('www-authenticate')
    else expect(answer.headers['www-authenticate']).toContain(challenge)
  })

  test('cuts off a response that the listener has only begun when it throws', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    await expect(connection.ask(bearing(await issuer.issue()), '/half')).rejects.toThrow('NGHTTP2_INTERNAL_ERROR')
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  })

  test('answers several requests at once on one connection', async () => {
    const good = bearing(await issuer.issue({ sub: 'user-5' }))
    const answers = await Promise.all([connection.ask(good), connection.ask({}), connection.ask(good)])
    expect(answers.map(({ headers }) => headers[':status'])).toEqual([200, 401, 200])
  })
})

describe('HTTP/2', () => {
  test('checks a DPoP proof against the authority that the client asked (RFC 9113 §8.3.1)', async () => {
    const connection = await Connection.to(createSecureServer(own, protectedBy({ dpop: true })))
    const client = await createDpopClient()
    const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
    const asking = async (url: string): Promise<unknown> => {
      const dpop = await client.proof({ method: 'GET', url, token })
      return (await connection.ask({ authorization: `DPoP ${token}`, dpop })).headers[':status']
    }
    expect(await asking(`${connection.origin}/me`)).toBe(200)
    expect(await asking('https://other.example/me')).toBe(401)
    await connection.close()
  })

  test('checks the certificate of the connection (RFC 8705)', async () => {
    const client = createTestCertificate()
    const options = { ...own, requestCert: true, rejectUnauthorized: false }
    const connection = await Connection.to(createSecureServer(options, protectedBy({ mtls: true })))
    const bound = bearing(await issuer.issue({}, { boundTo: { certificate: client.cert } }))
    expect((await connection.ask(bound)).headers[':status']).toBe(401)
    const session = connect(connection.origin, { rejectUnauthorized: false, key: client.key, cert: client.cert })
    const withCertificate = new Connection(createServer(), connection.origin, session)
    expect(JSON.parse((await withCertificate.ask(bound)).body)).toEqual(['user-1', 'mtls'])
    session.close()
    await connection.close()
  })

  test('is unharmed by a client that leaves during a wait', async () => {
    let end!: (isRevoked: boolean) => void
    let begun!: () => void
    const waiting = new Promise<void>((resolve) => (begun = resolve))
    const verdict = new Promise<boolean>((resolve) => (end = resolve))
    const isRevoked = (): Promise<boolean> => {
      begun()
      return verdict
    }
    const connection = await Connection.to(createServer(protectedBy({ isRevoked })))
    const stream = connection.session.request({ ':path': '/me', ...bearing(await issuer.issue()) })
    await waiting
    const closed = once(stream.resume(), 'close')
    stream.close(constants.NGHTTP2_CANCEL)
    await closed
    end(true)
    expect((await connection.ask({})).headers[':status']).toBe(401)
    await connection.close()
  })
})

function bearing(token: string): Headers {
  return { authorization: `Bearer ${token}` }
}
