import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect as connectHttp2, createSecureServer, type Http2SecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { MtlsOptions } from '@bearerkit/core'
import * as onFastify from '@bearerkit/fastify'
import { createTestCertificate, createTestIssuer, type TestCertificate, type TestIssuer } from '@bearerkit/testing'
import fastify from 'fastify'
import { apps } from './mutual-tls/apps.ts'
import { askOverTls } from './mutual-tls/client.ts'
import { installationPatience } from './support/installed-program.ts'
import { Nginx } from './support/nginx.ts'

const own = createTestCertificate()
const client = createTestCertificate()
const thief = createTestCertificate()
const anyCertificate = { key: own.key, cert: own.cert, requestCert: true, rejectUnauthorized: false }
const challenge = 'Bearer realm="api", error="invalid_token", error_description="The proof of possession is invalid"'
const proof = JSON.stringify({ kind: 'mtls', thumbprint: client.thumbprint })

let issuer: TestIssuer
let authorization: string

beforeAll(async () => {
  issuer = await createTestIssuer()
  authorization = `Bearer ${await issuer.issue({}, { boundTo: { certificate: client.cert } })}`
})
afterAll(() => issuer.close())

async function listening(server: Server | Http2SecureServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function closed(server: Server | Http2SecureServer): Promise<void> {
  if ('closeAllConnections' in server) server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

describe.each(Object.entries(apps))('%s behind nginx', (_name, start) => {
  const secret = 'a secret of the proxy'
  const mtls: MtlsOptions = {
    certificate: {
      header: 'X-Client-Cert',
      format: 'pem-urlencoded',
      trusted: ({ headers }) => headers['x-proxy-secret'] === secret,
    },
  }
  let server: Server
  let port: number
  let nginx: Nginx

  beforeAll(async () => {
    server = createServer(await start({ issuer: issuer.issuer, audience: issuer.audience, mtls }))
    port = await listening(server)
    const location = `
      proxy_pass http://127.0.0.1:${port};
      proxy_set_header X-Client-Cert $ssl_client_escaped_cert;
      proxy_set_header X-Proxy-Secret "${secret}";`
    nginx = await Nginx.start(location, own)
  }, installationPatience)

  afterAll(async () => {
    await nginx.close()
    await closed(server)
  })

  function ask(
    certificate: Partial<TestCertificate>,
    headers: Record<string, string> = {},
  ): ReturnType<typeof askOverTls> {
    return askOverTls(certificate, { socketPath: nginx.socketPath, headers: { authorization, ...headers } })
  }

  test('accepts a bound token with its certificate', async () => {
    expect(await ask(client)).toMatchObject({ status: 200, body: proof })
  })

  test.each<[string, Partial<TestCertificate>]>([
    ['with another certificate', thief],
    ['without a certificate', {}],
  ])('refuses a bound token %s', async (_, certificate) => {
    const { status, headers } = await ask(certificate)
    expect([status, headers['www-authenticate']]).toEqual([401, challenge])
  })

  test.each<[string, Partial<TestCertificate>]>([
    ['has another certificate', thief],
    ['has none', {}],
  ])('ignores the header of a client that %s, because nginx overwrites it', async (_, certificate) => {
    expect(await ask(certificate, { 'x-client-cert': encodeURIComponent(client.cert) })).toMatchObject({ status: 401 })
  })

  test('ignores the header of a client that goes around nginx', async () => {
    const headers = { authorization, 'x-client-cert': encodeURIComponent(client.cert) }
    expect((await fetch(`http://127.0.0.1:${port}/`, { headers })).status).toBe(401)
  })
})

describe('over HTTP/2', () => {
  const servers: Readonly<Record<string, () => Promise<{ readonly port: number; close(): Promise<unknown> }>>> = {
    koa: async () => {
      const listener = await apps['koa']?.({ issuer: issuer.issuer, audience: issuer.audience, mtls: true })
      const server = createSecureServer(anyCertificate, listener as never)
      return { port: await listening(server), close: () => closed(server) }
    },
    fastify: async () => {
      const app = fastify({ http2: true, https: anyCertificate, forceCloseConnections: true })
      await app.register(onFastify.verifyJwt as never, { issuer: issuer.issuer, audience: issuer.audience, mtls: true })
      app.get('/', async (request) => (request as never as { auth: { proof: object } }).auth.proof)
      await app.listen({ port: 0, host: '127.0.0.1' })
      return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
    },
  }

  test.each(Object.entries(servers))(
    '%s checks the certificate of the connection for each stream',
    async (_, start) => {
      const server = await start()
      const statusAndBody = async ({ cert, key }: Partial<TestCertificate>): Promise<unknown[]> => {
        const session = connectHttp2(`https://localhost:${server.port}`, { ca: own.cert, cert, key })
        const answers = [1, 2].map(async () => {
          const stream = session.request({ ':path': '/', authorization })
          const [headers] = (await once(stream, 'response')) as [{ ':status': number }]
          const body = await text(stream)
          return headers[':status'] === 200 ? body : headers[':status']
        })
        const settled = await Promise.all(answers)
        session.close()
        return settled
      }
      expect(await statusAndBody(client)).toEqual([proof, proof])
      expect(await statusAndBody(thief)).toEqual([401, 401])
      expect(await statusAndBody({})).toEqual([401, 401])
      await server.close()
    },
  )
})

describe('tokens that a certified authorization server has bound', () => {
  let authorizationServer: ChildProcess
  let settings: { readonly issuer: string; readonly tlsPort: number }

  beforeAll(async () => {
    authorizationServer = fork(join(__dirname, 'mutual-tls/issuer.mjs'), [own.key, own.cert], {
      silent: true,
      execArgv: [],
    })
    ;[settings] = (await once(authorizationServer, 'message')) as [typeof settings]
  }, 20_000)

  afterAll(async () => {
    authorizationServer.kill()
    await once(authorizationServer, 'exit')
  })

  /** RFC 6749 §4.4 with RFC 8705 §3 and RFC 8707. */
  async function accessToken(): Promise<string> {
    const { body } = await askOverTls(client, {
      port: settings.tlsPort,
      path: '/token',
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('reporter:a+secret+of+this+test').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: issuer.audience }).toString(),
    })
    const { access_token: token, ...others } = JSON.parse(body) as { access_token?: string }
    if (token === undefined) throw new Error(`no token: ${JSON.stringify(others)}`)
    return token
  }

  test.each(Object.entries(apps))('are accepted by %s only with their certificate', async (_, start) => {
    const options = { issuer: settings.issuer, audience: issuer.audience, profile: 'rfc9068' as const }
    const server = createTlsServer(anyCertificate, await start({ ...options, mtls: { required: true } }))
    const port = await listening(server)
    const headers = { authorization: `Bearer ${await accessToken()}` }
    expect(await askOverTls(client, { port, headers })).toMatchObject({ status: 200, body: proof })
    expect(await askOverTls(thief, { port, headers })).toMatchObject({ status: 401 })
    expect(await askOverTls({}, { port, headers })).toMatchObject({ status: 401 })
    await closed(server)
  })
})
