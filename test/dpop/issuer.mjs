// A certified authorization server in a separate process, which binds its tokens to the DPoP key of the client.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { certifiedIssuer, listen, newSigningKey } from '../support/certified-issuer.mjs'

const server = createServer((request, response) => provider.callback()(request, response))
const issuer = `http://127.0.0.1:${await listen(server)}`
const provider = certifiedIssuer(issuer, {
  keys: [newSigningKey()],
  scope: 'reports:read',
  reporter: { dpop_bound_access_tokens: true },
  features: { dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true } },
})

process.on('disconnect', () => process.exit())
process.send({ issuer })
