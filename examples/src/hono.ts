import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { LocalKeyProvider } from '@bearerkit/core'
import { jwksHandler, requireScopes, verifyJwt } from '@bearerkit/fetch/hono'
import { Hono } from 'hono'
import { announce } from './announce.ts'

const keys = new LocalKeyProvider()
await keys.createKey({ alg: 'ES256' })

const app = new Hono()
app.get('/public', (c) => c.json({ hello: 'world' }))
app.all('/.well-known/jwks.json', jwksHandler(keys))

// All routes below require a token. Issuer and audience come from BEARERKIT_ISSUER and BEARERKIT_AUDIENCE.
// A token that is bound to a DPoP key needs a proof of that key, so a stolen one is useless. Other tokens pass as before.
app.use(verifyJwt({ dpop: { algorithms: ['ES256'] } }))
app.get('/me', (c) => c.json(c.get('auth').claims))
app.get('/reports', requireScopes('reports:read'), (c) => c.json({ reports: [], for: c.get('auth').claims.sub }))

const port = Number(process.env['PORT'] ?? 3000)
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, () => announce('Hono', server as Server))
