import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws'
import {
  answerError,
  authorizationHeader,
  type ErrorListener,
  type Middleware,
  protectUpgrade,
  requireClaims,
  requireScopes,
  verifyJwt,
  type VerifyJwtOptions,
  webSocketProtocol,
} from '../src/index.ts'

let issuer: TestIssuer
let server: Server
let sockets: WebSocketServer
let port: number

beforeEach(async () => {
  issuer = await createTestIssuer()
  sockets = new WebSocketServer({ noServer: true })
  server = createServer((_req, res) => void setTimeout(() => res.end('slow'), 60_000).unref())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ;({ port } = server.address() as AddressInfo)
})

afterEach(async () => {
  for (const client of sockets.clients) client.terminate()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await issuer.close()
})

function verifying(options: VerifyJwtOptions = {}): Middleware {
  return verifyJwt({ issuer: issuer.issuer, audience: issuer.audience, ...options })
}

/** A WebSocket server that greets its client, and repeats what it says. */
function accept(steps: Middleware | Middleware[], onError?: ErrorListener<IncomingMessage>): void {
  const listener = protectUpgrade(
    steps,
    (req, socket, head) => {
      sockets.handleUpgrade(req, socket, head, (webSocket) => {
        webSocket.on('message', (message) => webSocket.send(message))
        webSocket.send(`hello ${(req.auth as { claims: { sub: string } } | undefined)?.claims.sub}`)
      })
    },
    onError,
  )
  server.on('upgrade', listener)
}

interface Refused {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Returns the first message, and the protocol that the server selected; or the response of a refusal. */
async function open(
  protocols: string[] = [],
  headers: Record<string, string> = {},
): Promise<{ message: string; protocol: string } | Refused> {
  const options: ClientOptions = { headers }
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/chat`, protocols, options)
  return new Promise((resolve, reject) => {
    webSocket.once('error', reject)
    webSocket.once('message', (message: Buffer) => {
      resolve({ message: message.toString(), protocol: webSocket.protocol })
      webSocket.terminate()
    })
    webSocket.once('unexpected-response', (_request, response) => {
      const { statusCode: status, headers: answered } = response
      text(response)
        .then((body) => resolve({ status, headers: answered, body }))
        .catch(reject)
    })
  })
}

function bearing(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

const anonymous = 'Bearer realm="api"'

describe('an upgrade to WebSocket', () => {
  it.each<[string, () => Promise<Record<string, string>>, number, string]>([
    ['no token', async () => ({}), 401, anonymous],
    ['a malformed header', async () => ({ authorization: 'Bearer' }), 400, 'error="invalid_request"'],
    ['a bad token', async () => bearing(await issuer.forged.wrongKey()), 401, 'error="invalid_token"'],
    ['an expired token', async () => bearing(await issuer.forged.expired()), 401, 'The access token has expired'],
    ['a token without the scope', async () => bearing(await issuer.issue()), 403, 'scope="chat"'],
  ])('is refused with %s, by an HTTP response with a challenge', async (_what, headers, status, challenge) => {
    for (const respond of [false, true]) {
      server.removeAllListeners('upgrade')
      accept([verifying({ respond }), requireScopes('chat')])
      const refused = (await open([], await headers())) as Refused
      expect(refused.status).toBe(status)
      expect(refused.headers['www-authenticate']).toContain(challenge)
      expect(refused.headers).toMatchObject({ 'content-type': 'application/json', connection: 'close' })
      expect(JSON.parse(refused.body)).toHaveProperty('error_description')
    }
    expect(sockets.clients.size).toBe(0)
  })

  it('is refused with 503 while the keys cannot be had', async () => {
    accept(verifying())
    issuer.fail({ kind: 'down' })
    const refused = (await open([], bearing(await issuer.issue()))) as Refused
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([503, undefined])
    expect(refused.headers['retry-after']).toMatch(/^\d+$/)
  })

  it('is allowed with a token in the header', async () => {
    accept([verifying(), requireScopes('chat')])
    const token = await issuer.issue({ sub: 'user-3', scope: 'chat' })
    expect(await open([], bearing(token))).toEqual({ message: 'hello user-3', protocol: '' })
  })

  it('is allowed with the same token again, without a wait', async () => {
    accept([verifying(), requireClaims({ sub: 'user-3' })])
    const token = await issuer.issue({ sub: 'user-3' })
    const opened = [await open([], bearing(token)), await open([], bearing(token))]
    expect(opened).toEqual(Array.from({ length: 2 }, () => ({ message: 'hello user-3', protocol: '' })))
  })

  it('is allowed without a token in optional mode', async () => {
    accept(verifying({ mode: 'optional' }))
    expect(await open()).toMatchObject({ message: 'hello undefined' })
    expect(await open([], { authorization: 'Bearer bad' })).toMatchObject({ status: 401 })
  })

  it('tells an error listener the reason, which may leave the answer to answerError', async () => {
    const reasons: unknown[] = []
    accept(verifying(), (error, req, res) => {
      reasons.push((error as { reason: string }).reason)
      answerError(error, req, res)
    })
    expect(await open([], bearing(await issuer.forged.wrongAudience()))).toMatchObject({ status: 401 })
    expect(reasons).toEqual(['audience_mismatch'])
  })

  it('is answered with 500 and a warning by a guard without verifyJwt before it', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    accept(requireScopes('chat'))
    expect(await open()).toMatchObject({ status: 500, body: '' })
    expect(warn).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ type: 'ConfigurationError' }))
    warn.mockRestore()
  })
})

describe('a token in a sub-protocol', () => {
  const sources = { tokenSource: [authorizationHeader(), webSocketProtocol()] }

  it('is ignored without the option', async () => {
    accept(verifying())
    const refused = (await open(['chat', `bearer.${await issuer.issue()}`])) as Refused
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, anonymous])
  })

  it.each([
    ['after a protocol of the application', (token: string) => ['chat', `bearer.${token}`]],
    ['before a protocol of the application', (token: string) => [`bearer.${token}`, 'chat']],
    ['between two', (token: string) => ['chat', `bearer.${token}`, 'superchat']],
  ])('is accepted %s, and the server never selects it', async (_where, protocols) => {
    accept(verifying(sources))
    const token = await issuer.issue({ sub: 'user-4' })
    expect(await open(protocols(token))).toEqual({ message: 'hello user-4', protocol: 'chat' })
  })

  it('is not sent back if it is the only protocol, so that the client ends the handshake (RFC 6455 §4.1)', async () => {
    accept(verifying(sources))
    await expect(open([`bearer.${await issuer.issue()}`])).rejects.toThrow('Server sent no subprotocol')
  })

  it('may have another prefix', async () => {
    accept(verifying({ tokenSource: webSocketProtocol('token-') }))
    expect(await open(['chat', `token-${await issuer.issue()}`])).toMatchObject({ protocol: 'chat' })
  })

  it.each<[string, (token: string) => [string[], Record<string, string>], number]>([
    ['beside one in the header', (token) => [['chat', `bearer.${token}`], bearing(token)], 400],
    ['twice', (token) => [[`bearer.${token}`, `bearer.${token}x`], {}], 400],
    ['that is bad', (token) => [['chat', `bearer.${token}x`], {}], 401],
    ['that is empty', () => [['chat', 'bearer.'], {}], 401],
  ])('is refused %s', async (_what, requestWith, status) => {
    accept(verifying(sources))
    expect(await open(...requestWith(await issuer.issue()))).toMatchObject({ status })
  })
})

describe('a hostile or unlucky client', () => {
  const handshake = [
    'GET /chat HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]

  function raw(lines: readonly string[]): Socket {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined).write(`${lines.join('\r\n')}\r\n\r\n`)
    return socket
  }

  it('that resets the connection during a wait ends neither the process nor gets a WebSocket', async () => {
    let begun!: () => void
    let end!: (isRevoked: boolean) => void
    const waiting = new Promise<void>((resolve) => (begun = resolve))
    const verdict = new Promise<boolean>((resolve) => (end = resolve))
    const accepted = jest.fn()
    const isRevoked = (): Promise<boolean> => {
      begun()
      return verdict
    }
    server.on('upgrade', protectUpgrade(verifying({ isRevoked }), accepted))
    // Not events.once(), which would listen to errors of the socket.
    const closed = new Promise((resolve) => {
      server.once('connection', (socket: Socket) => socket.once('close', resolve))
    })
    const client = raw([...handshake, `Authorization: Bearer ${await issuer.issue()}`])
    await waiting
    client.resetAndDestroy()
    await closed
    end(false)
    await new Promise(setImmediate)
    expect(accepted).not.toHaveBeenCalled()
  })

  it('that resets the connection before an asynchronous listener takes it does not end the process', async () => {
    let take!: () => void
    const taken = new Promise<void>((resolve) => (take = resolve))
    const reset = new Promise((resolve) => {
      const listener = protectUpgrade(verifying({ mode: 'optional' }), async (_req, socket) => {
        socket.once('close', resolve)
        client.resetAndDestroy()
        await taken
      })
      server.on('upgrade', listener)
    })
    const client = raw(handshake)
    await reset
    take()
  })

  it('that has not read an earlier response on the connection loses the connection', async () => {
    accept(verifying({ mode: 'optional' }))
    const client = raw(['GET /slow HTTP/1.1', 'Host: 127.0.0.1', '', ...handshake])
    client.resume()
    await once(client, 'close')
    expect(sockets.clients.size).toBe(0)
  })

  it('that sends a message right behind its handshake is heard', async () => {
    accept(verifying())
    const socket = connect(port, '127.0.0.1')
    // A masked text frame with `hi`, its key all zeros: RFC 6455 §5.2.
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
    const head = [...handshake, `Authorization: Bearer ${await issuer.issue()}`, '', ''].join('\r\n')
    socket.write(Buffer.concat([Buffer.from(head), frame]))
    let heard = ''
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      heard += chunk.toString('latin1')
      if (heard.endsWith('\x82\x02hi')) break
    }
    expect(heard).toMatch(/^HTTP\/1\.1 101 /)
  })

  it('gets nothing more from a listener that throws after the handshake, and the process goes on', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    const listener = protectUpgrade(verifying({ mode: 'optional' }), (req, socket, head) => {
      sockets.handleUpgrade(req, socket, head, () => {
        throw new Error('a fault of the listener')
      })
    })
    server.on('upgrade', listener)
    const client = raw(handshake)
    expect((await text(client)).split('\r\n\r\n').slice(1)).toEqual([''])
    expect(warn).toHaveBeenCalledWith('a fault of the listener', expect.objectContaining({ type: 'Error' }))
    warn.mockRestore()
  })
})
