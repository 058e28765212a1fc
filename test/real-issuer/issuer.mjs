// A certified authorization server in a separate process. It receives commands as messages and answers each one.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const server = createServer((request, response) => provider.callback()(request, response))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`

/** Newest first: the first one signs. */
let keys = [newKey()]
let provider = providerWith(keys)

const commands = {
  /** Signs with a new key and still publishes the former one. */
  rotate() {
    keys = [newKey(), ...keys]
  },
  /** Publishes only the newest key. */
  retire() {
    keys = keys.slice(0, 1)
  },
}

process.on('message', (command) => {
  commands[command]()
  provider = providerWith(keys)
  process.send({ done: command })
})
process.on('disconnect', () => process.exit())
process.send({ issuer })

function providerWith(jwks) {
  return new Provider(issuer, {
    jwks: { keys: jwks },
    clients: [
      {
        client_id: 'reporter',
        client_secret: 'a secret of this test',
        grant_types: ['client_credentials'],
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          audience: resource,
          scope: 'reports:read reports:write',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    ttl: { ClientCredentials: 600 },
  })
}

function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' }
}
