// A resource server for FAPI 2.0: each token is bound to its client, by a DPoP key or by a certificate. The issuer and the
// audience come from BEARERKIT_ISSUER and BEARERKIT_AUDIENCE, and TLS_KEY and TLS_CERT are the files of its own certificate.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { dpopNonces, type ReplayStore } from '@bearerkit/core'
import { requireScopes, verifyJwt } from '@bearerkit/express'
import { redisReplayStore } from '@bearerkit/redis'
import express from 'express'
import { createClient } from 'redis'
import { announce } from './announce.ts'

const {
  PORT = '3000',
  PUBLIC_URL,
  NONCE_SECRET,
  REDIS_URL,
  TLS_KEY = 'server.key',
  TLS_CERT = 'server.pem',
} = process.env

const app = express()
app.use(
  verifyJwt({
    // Tokens are bound to their client by either mechanism, signed with PS256, ES256 or Ed25519, and in the header alone.
    profile: 'fapi2',
    requiredClaims: ['sub', 'client_id', 'iat', 'jti'],
    mtls: true,
    dpop: {
      // The URL that clients use, where a gateway is in front.
      publicUrl: PUBLIC_URL,
      // All instances share the secret, and accept each other's nonces.
      nonce: NONCE_SECRET === undefined ? undefined : dpopNonces(NONCE_SECRET),
      replay: await replayStore(),
    },
    respond: true,
  }),
)
app.get('/accounts', requireScopes('accounts'), (req, res) => {
  res.set('Cache-Control', 'no-store').json({ accounts: [], for: req.auth.claims.sub, proof: req.auth.proof?.kind })
})

// Any certificate is accepted here: the token says which one it must be.
const tls = { key: readFileSync(TLS_KEY), cert: readFileSync(TLS_CERT), requestCert: true, rejectUnauthorized: false }
const server = createServer({ ...tls, minVersion: 'TLSv1.2' }, app)
server.listen(Number(PORT), '127.0.0.1', () => announce('The FAPI 2.0 resource server', server))

/** Several instances need a common store, or each of them would accept the same proof once. */
async function replayStore(): Promise<ReplayStore | undefined> {
  if (REDIS_URL === undefined) return undefined
  const client = createClient({ url: REDIS_URL })
  client.on('error', (error) => console.error(error))
  await client.connect()
  return redisReplayStore(client)
}
