import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { authOf, type RequestAuth } from '@bearerkit/core'
import { answerError, warnOf } from './answer-error.ts'
import type { Middleware } from './framework.ts'
import { type ErrorListener, settling } from './protect.ts'
import { runInTurn } from './run-in-turn.ts'

/** A listener for the event `upgrade` of Node's server. */
export type UpgradeListener<Request = IncomingMessage> = (req: Request, socket: Duplex, head: Buffer) => unknown

/**
 * Creates a listener for the event `upgrade` of a server. It runs the steps, and then the given listener if all of them let
 * the request pass. A refused request gets an ordinary HTTP response, with its challenge, and the connection is closed.
 *
 * ```ts
 * import { createServer } from 'node:http'
 * import { authorizationHeader, protectUpgrade, verifyJwt, webSocketProtocol } from '@bearerkit/node'
 * import { WebSocketServer } from 'ws'
 *
 * const authenticate = verifyJwt({
 *   issuer: 'https://issuer.example.com',
 *   audience: 'https://api.example.com',
 *   tokenSource: [authorizationHeader(), webSocketProtocol()],
 * })
 * const sockets = new WebSocketServer({ noServer: true })
 * const accept = protectUpgrade(authenticate, (req, socket, head) => {
 *   sockets.handleUpgrade(req, socket, head, (webSocket) => webSocket.send(`hello ${req.auth.claims.sub}`))
 * })
 * const server = createServer().on('upgrade', accept)
 * ```
 *
 * A sub-protocol with the token is removed from the request, because the server would answer with it.
 *
 * @param steps `verifyJwt(options)` and guards. They run in their order.
 * @param onError gets the error of a refused request, or an error of a step, and Node's response for the socket.
 *   Default: {@link answerError}
 */
export function protectUpgrade(
  steps: Middleware | readonly Middleware[],
  listener: UpgradeListener<IncomingMessage & RequestAuth>,
  onError: ErrorListener<IncomingMessage, ServerResponse> = answerError,
): (req: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const all = [steps].flat()
  return (req, socket, head) => {
    const response = responseOn(socket as Socket, req)
    if (response === undefined) return
    runInTurn(all, req, response, (refusal) => {
      if (refusal !== undefined) return onError(refusal, req, response)
      if (socket.destroyed) return
      response.detachSocket(socket as Socket)
      withholdToken(req)
      settling(() => listener(req as IncomingMessage & RequestAuth, socket, head), abandon(socket))
    })
  }
}

/**
 * Returns a response that is written to the socket, after which the connection ends. Undefined, and the socket is
 * destroyed, if an earlier request on the connection has not been answered (pipelining): its response belongs there.
 */
function responseOn(socket: Socket, req: IncomingMessage): ServerResponse | undefined {
  // Node removes its own listener before `upgrade`. Without one, a reset would end the process: during a wait here, or in
  // the listener before a WebSocket server takes the socket. `close` still tells of it.
  socket.on('error', ignoreError)
  const response = new ServerResponse(req)
  response.shouldKeepAlive = false
  try {
    response.assignSocket(socket)
  } catch {
    socket.destroy()
    return undefined
  }
  return response.once('finish', () => socket.end(() => socket.destroy()))
}

function ignoreError(): void {}

/** The listener may have sent its handshake already, so no response can follow. */
function abandon(socket: Duplex): (error: unknown) => void {
  return (error) => {
    warnOf(error)
    socket.destroy()
  }
}

/** A WebSocket server selects one of the protocols and answers with it (RFC 6455 §4.2.2). That must not be the token. */
function withholdToken(req: IncomingMessage): void {
  const token = authOf(req)?.token
  const offered = req.headers['sec-websocket-protocol']
  if (token === undefined || offered?.includes(token) !== true) return
  const others = offered.split(',').filter((protocol) => !protocol.includes(token))
  if (others.length > 0) req.headers['sec-websocket-protocol'] = others.join(',').trim()
  else delete req.headers['sec-websocket-protocol']
}
