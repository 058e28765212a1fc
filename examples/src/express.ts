import { LocalKeyProvider } from '@bearerkit/core'
import { jwksHandler, RequestRefusedError, requireScopes, verifyJwt } from '@bearerkit/express'
import express, { type ErrorRequestHandler } from 'express'
import { announce } from './announce.ts'

const keys = new LocalKeyProvider()
await keys.createKey({ alg: 'ES256' })

const app = express()

app.get('/public', (_req, res) => res.json({ hello: 'world' }))
app.get('/.well-known/jwks.json', jwksHandler(keys))

// All routes below require a token. Issuer and audience come from BEARERKIT_ISSUER and BEARERKIT_AUDIENCE.
// A token that is bound to a DPoP key needs a proof of that key, so a stolen one is useless. Other tokens pass as before.
app.use(verifyJwt({ dpop: { algorithms: ['ES256'] } }))
app.get('/me', (req, res) => res.json(req.auth.claims))
app.get('/reports', requireScopes('reports:read'), (req, res) => res.json({ reports: [], for: req.auth.claims.sub }))

// Express's default error handler answers in HTML. This one answers in JSON. Both send the challenge header.
const refusalAsJson: ErrorRequestHandler = (error, _req, res, next) => {
  if (!(error instanceof RequestRefusedError)) return next(error)
  const { status, headers, body } = error.toResponse()
  res.status(status).set(headers).send(body)
}
app.use(refusalAsJson)

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => announce('Express', server))
