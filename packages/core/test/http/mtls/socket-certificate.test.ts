import { once } from 'node:events'
import { connect as connectHttp2, createSecureServer, type Http2ServerRequest } from 'node:http2'
import { Agent, createServer, request as httpsRequest, type RequestOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect, type ConnectionOptions, type SecureVersion, type Server } from 'node:tls'
import { createTestCertificate } from '@bearerkit/testing'
import type { HttpRequest } from '../../../src/http-message.ts'
import { socketThumbprint } from '../../../src/http/mtls/socket-certificate.ts'

const own = createTestCertificate({ commonName: 'localhost' })
const client = createTestCertificate()
const other = createTestCertificate()
/** RFC 8705 §6.2: asks for a certificate, and accepts any. */
const anyCertificate = { key: own.key, cert: own.cert, requestCert: true, rejectUnauthorized: false }
const trusting = { ca: own.cert, servername: 'localhost' }

const servers: Server[] = []

/** Answers with the thumbprint of the client's certificate. */
async function listening(server: Server): Promise<AddressInfo> {
  const answering = (request: HttpRequest, response: { end(body: string): unknown }): void => {
    response.end(String(socketThumbprint(request)))
  }
  server.on('request', answering).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return server.address() as AddressInfo
}

afterAll(() => {
  for (const server of servers) server.close()
})

function asked(options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ host: '127.0.0.1', agent: false, ...trusting, ...options }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve(body))
    })
    sent.on('error', reject).end()
  })
}

describe('over HTTP/1', () => {
  it.each<[string, RequestOptions, string]>([
    ['the certificate of the client', { key: client.key, cert: client.cert }, client.thumbprint],
    ['another certificate', { key: other.key, cert: other.cert }, other.thumbprint],
    ['no certificate', {}, 'undefined'],
  ])('the thumbprint is that of %s', async (_, options, thumbprint) => {
    const { port } = await listening(createServer(anyCertificate))
    expect(await asked({ port, ...options })).toBe(thumbprint)
  })

  it('a certificate that the server trusts is read as well', async () => {
    const { port } = await listening(createServer({ ...anyCertificate, rejectUnauthorized: true, ca: client.cert }))
    expect(await asked({ port, key: client.key, cert: client.cert })).toBe(client.thumbprint)
  })

  it('a server that does not ask for certificates sees none', async () => {
    const { port } = await listening(createServer({ key: own.key, cert: own.cert }))
    expect(await asked({ port, key: client.key, cert: client.cert })).toBe('undefined')
  })

  it('requests of the same connection have the same thumbprint', async () => {
    const { port } = await listening(createServer(anyCertificate))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const options = { port, agent, key: client.key, cert: client.cert }
    expect([await asked(options), await asked(options)]).toEqual([client.thumbprint, client.thumbprint])
    agent.destroy()
  })

  it('a client without its key does not get a connection', async () => {
    const { port } = await listening(createServer(anyCertificate))
    await expect(asked({ port, key: other.key, cert: client.cert })).rejects.toThrow(/key values mismatch/)
  })
})

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('a session that is resumed with %s', (maxVersion) => {
  /** Resolves with the answer and the session of one connection. */
  async function connected(
    options: ConnectionOptions,
  ): Promise<{ thumbprint: string; session?: Buffer; isResumed: boolean }> {
    const socket = connect({ host: '127.0.0.1', maxVersion, ...trusting, ...options })
    let session: Buffer | undefined
    socket.on('session', (given: Buffer) => (session = given))
    await once(socket, 'secureConnect')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
    await once(socket, 'end')
    const thumbprint = /\r\n([\w-]+)$/.exec(answer.replace(/\r\n0\r\n\r\n$/, ''))?.[1] ?? answer
    return { thumbprint, isResumed: socket.isSessionReused(), ...(session && { session }) }
  }

  it('keeps the certificate', async () => {
    const { port } = await listening(createServer(anyCertificate))
    const identity = { port, key: client.key, cert: client.cert }
    const { session } = await connected(identity)
    expect(await connected({ ...identity, ...(session && { session }) })).toMatchObject({
      isResumed: true,
      thumbprint: client.thumbprint,
    })
  })

  it('does not get one that it did not have', async () => {
    const { port } = await listening(createServer(anyCertificate))
    const { session } = await connected({ port })
    const resumed = await connected({ port, key: client.key, cert: client.cert, ...(session && { session }) })
    expect(resumed).toMatchObject({ isResumed: true, thumbprint: 'undefined' })
  })
})

describe('over HTTP/2', () => {
  async function askedTwice(options: ConnectionOptions): Promise<string[]> {
    const { port } = await listening(createSecureServer(anyCertificate))
    const session = connectHttp2(`https://localhost:${port}`, { ca: own.cert, ...options })
    const answers = await Promise.all(
      ['/a', '/b'].map(async (path) => {
        let body = ''
        const stream = session.request({ ':path': path }).setEncoding('utf8')
        stream.on('data', (chunk: string) => (body += chunk))
        await once(stream, 'end')
        return body
      }),
    )
    session.close()
    return answers
  }

  it('the streams of a connection have the thumbprint of its certificate', async () => {
    expect(await askedTwice({ key: client.key, cert: client.cert })).toEqual([client.thumbprint, client.thumbprint])
  })

  it('a connection without a certificate has none', async () => {
    expect(await askedTwice({})).toEqual(['undefined', 'undefined'])
  })
})

describe('the certificate is read once for each connection', () => {
  class CountingSocket {
    reads = 0
    readonly #certificate: { raw: Buffer } | undefined

    constructor(certificate?: { raw: Buffer }) {
      this.#certificate = certificate
    }

    getPeerX509Certificate(): { raw: Buffer } | undefined {
      this.reads += 1
      return this.#certificate
    }
  }

  it('over HTTP/1', () => {
    const socket = new CountingSocket({ raw: client.der })
    const thumbprints = [1, 2, 3].map(() => socketThumbprint({ headers: {}, socket } as HttpRequest))
    expect([...thumbprints, socket.reads]).toEqual([client.thumbprint, client.thumbprint, client.thumbprint, 1])
  })

  it('over HTTP/2, where each stream has another object as its socket', () => {
    const socket = new CountingSocket({ raw: client.der })
    const streams = [1, 2].map(() => ({ headers: {}, socket: new CountingSocket(), stream: { session: { socket } } }))
    expect(streams.map((request) => socketThumbprint(request as HttpRequest))).toEqual([
      client.thumbprint,
      client.thumbprint,
    ])
    expect(socket.reads).toBe(1)
  })

  it('but asked for again as long as there is none', () => {
    const socket = new CountingSocket()
    expect([1, 2].map(() => socketThumbprint({ headers: {}, socket } as HttpRequest))).toEqual([undefined, undefined])
    expect(socket.reads).toBe(2)
  })

  it.each<[string, object]>([
    ['without a connection', {}],
    ['without TLS', { socket: { remoteAddress: '127.0.0.1' } }],
    ['whose HTTP/2 session has ended', { stream: {}, socket: {} }],
  ])('and a request %s has none', (_, request) => {
    expect(socketThumbprint({ headers: {}, ...request })).toBeUndefined()
  })
})

// The compatibility API of HTTP/2 has the shape of a request.
void ((request: Http2ServerRequest): HttpRequest => request)
