// One of several instances of a service that issues tokens and accepts them. All of them have their keys in one store: in a
// folder, if they are on one machine, or in Redis.
import { fileStore, KeyRotation, type KeyStore, StoredKeyProvider, TokenIssuer } from '@bearerkit/core'
import { jwksHandler, requireScopes, verifyJwt } from '@bearerkit/express'
import { redisStore } from '@bearerkit/redis'
import express from 'express'
import { createClient } from 'redis'
import { announce } from './announce.ts'

const issuer = process.env['BEARERKIT_ISSUER'] ?? 'https://issuer.example.com'
const audience = process.env['BEARERKIT_AUDIENCE'] ?? 'https://api.example.com'

// The encryption keys come from BEARERKIT_ENCRYPTION_KEYS.
const keys = await StoredKeyProvider.open({ store: await openStore() })
keys.on('storeUnavailable', ({ error }) => console.error(error))
keys.on('recordSetAside', ({ id, reason }) => console.error(`${id} was set aside: ${reason}`))
// Created once, and rotated once every 30 days, however many instances do this.
await keys.ensureKey({ alg: 'ES256', kid: 'demo' })
const rotation = new KeyRotation({ keys, kid: 'demo', every: '30d', longestTokenLifetime: '1h' })
await rotation.start()
const tokens = new TokenIssuer({ keys, issuer, audience, expiresIn: '1h' })

const app = express()

app.get('/.well-known/jwks.json', jwksHandler(keys))

// In a real service, this route checks a password first.
app.post('/login', async (_req, res) => {
  res.type('text/plain').send(await tokens.issue({ sub: 'user-1', scope: 'keys:rotate' }))
})

app.use(verifyJwt({ keys, issuer, audience, respond: true }))
app.get('/me', (req, res) => res.json({ sub: req.auth.claims.sub, key: req.auth.header.kid }))

// Rotates now, unless another instance was faster. The demo waits for a second before the new version signs. Other verifiers
// may cache the JWKS, so a real rotation waits until they have it: see `KeyRotation`.
app.post('/rotate/:newest', requireScopes('keys:rotate'), async (req, res) => {
  const newest = await keys.rotateKey('demo', { ifNewest: Number(req.params['newest']), activateAfter: '1s' })
  res.json({ key: newest.publishedKid })
})

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => announce('The token service', server))

async function openStore(): Promise<KeyStore> {
  const url = process.env['REDIS_URL']
  if (url === undefined) return fileStore(process.env['KEYS_FOLDER'] ?? './keys')
  const client = createClient({ url })
  client.on('error', (error) => console.error(error))
  await client.connect()
  return redisStore(client, { prefix: process.env['KEYS_PREFIX'] ?? 'demo:' })
}
