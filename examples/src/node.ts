import { createServer } from 'node:http'
import { LocalKeyProvider } from '@bearerkit/core'
import {
  authorizationHeader,
  jwksHandler,
  protect,
  protectUpgrade,
  requireScopes,
  verifyJwt,
  webSocketProtocol,
} from '@bearerkit/node'
import { WebSocketServer } from 'ws'
import { announce } from './announce.ts'

const keys = new LocalKeyProvider()
await keys.createKey({ alg: 'ES256' })

// Issuer and audience come from BEARERKIT_ISSUER and BEARERKIT_AUDIENCE. A browser sends the token of a WebSocket as a
// sub-protocol: new WebSocket(url, ['chat', 'bearer.' + token])
const authenticate = verifyJwt({ tokenSource: [authorizationHeader(), webSocketProtocol()] })

const jwks = jwksHandler(keys)
const reports = protect(requireScopes('reports:read'), (req, res) => {
  res.end(JSON.stringify({ reports: [], for: req.auth.claims.sub }))
})
const guarded = protect(authenticate, (req, res) => {
  res.setHeader('Content-Type', 'application/json')
  if (req.url === '/me') return res.end(JSON.stringify(req.auth.claims))
  if (req.url === '/reports') return reports(req, res)
  res.writeHead(404).end()
})

const server = createServer((req, res) => {
  if (req.url === '/public') return res.end(JSON.stringify({ hello: 'world' }))
  return req.url === '/.well-known/jwks.json' ? jwks(req, res) : guarded(req, res)
})

const sockets = new WebSocketServer({ noServer: true })
const accept = protectUpgrade(authenticate, (req, socket, head) => {
  sockets.handleUpgrade(req, socket, head, (webSocket) => {
    const { sub, exp } = req.auth.claims
    // The token was checked once, and the connection may outlive it.
    const end = setTimeout(() => webSocket.close(4401, 'token expired'), exp * 1000 - Date.now())
    webSocket.on('close', () => clearTimeout(end)).send(`hello ${sub}`)
  })
})
server.on('upgrade', accept)

server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => announce('Node', server))
