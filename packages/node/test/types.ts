// Compiled but never run: code that users may write without a cast, and code that must not compile.
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { type AccessTokenClaims, LocalKeyProvider, type StandardSchema } from '@bearerkit/core'
import {
  answerError,
  type AuthContext,
  authOf,
  jwksHandler,
  protect,
  protectUpgrade,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
  webSocketProtocol,
} from '@bearerkit/node'
import { WebSocketServer } from 'ws'

declare module '@bearerkit/core' {
  interface Register {
    claims: AccessTokenClaims & { tenant?: string }
  }
}

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const authenticate = verifyJwt({ issuer, audience, maxTokenAge: '1h' })

createServer(
  protect(authenticate, (req, res) => {
    const auth: AuthContext = req.auth
    const subject: string | undefined = req.auth.claims.sub
    const tenant: string | undefined = req.auth.claims.tenant
    res.end(JSON.stringify([auth, subject, tenant]))
    // @ts-expect-error not a member of the claims
    void req.auth.claims.tenent
    // @ts-expect-error the request is Node's own
    void req.body
  }),
)
createTlsServer(protect([authenticate, requireScopes('a')], async (_req, res) => void res.end()))
createSecureServer(
  {},
  protect<Http2ServerRequest, Http2ServerResponse>(authenticate, (req, res) => {
    res.stream.respond({ ':status': 200 })
    res.end(`${req.authority} ${req.auth.claims.sub}`)
  }),
)
createServer(jwksHandler(new LocalKeyProvider()))
createSecureServer({}, resourceMetadataHandler({ issuer, audience, property: 'caller' }))

const reports = protect(requireScopes('a'), (req, res) => res.end(req.auth.token))
createServer(
  protect(
    authenticate,
    (req, res) => reports(req, res),
    (error, req, res) => {
      res.setHeader('X-Path', req.url ?? '')
      answerError(error, req, res)
    },
  ),
)
createServer((req, res) => authenticate(req, res, () => res.end(authOf(req)?.claims.sub)))

const sockets = new WebSocketServer({ noServer: true })
createServer().on(
  'upgrade',
  protectUpgrade(verifyJwt({ issuer, audience, tokenSource: webSocketProtocol() }), (req, socket, head) => {
    sockets.handleUpgrade(req, socket, head, (webSocket) => webSocket.send(req.auth.scopes.join()))
  }),
)

declare const schema: StandardSchema<{ user: string }>
const typed = verifyJwt({ issuer, audience, claims: schema })
createServer(protect(typed, (req, res) => void res.end(typed.authOf(req)?.claims.user)))

// @ts-expect-error a listener is needed
protect(authenticate)
// @ts-expect-error not a step
protect('verifyJwt', () => undefined)
// @ts-expect-error an unknown option
verifyJwt({ issuer, audiance: 'x' })
// @ts-expect-error the option of the property is a string
verifyJwt({ issuer, audience, property: 5 })
