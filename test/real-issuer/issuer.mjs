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
  /** Sends a logout token to the URI. Returns the status of the response. */
  async logOut({ uri, sub, sid }) {
    const client = await providerWith(keys, { uri, isForSession: sid !== undefined }).Client.find('portal')
    try {
      await client.backchannelLogout(sub, sid)
      return { status: 200 }
    } catch (error) {
      return { status: error.response?.status, error: error.message }
    }
  },
}

process.on('message', (message) => void obey(message))
process.on('disconnect', () => process.exit())
process.send({ issuer })

async function obey({ command, ...options }) {
  const answer = await commands[command](options)
  if (answer === undefined) provider = providerWith(keys)
  process.send({ done: command, ...answer })
}

/** @param logout where the client `portal` gets its logout tokens, and whether they name the session */
function providerWith(jwks, logout) {
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
      ...(logout === undefined ? [] : [portalWith(logout)]),
    ],
    features: {
      backchannelLogout: { enabled: true },
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
    // By default it sends nothing to loopback addresses.
    fetch: (url, { dispatcher: _dispatcher, ...options }) => fetch(url, options),
    ttl: { ClientCredentials: 600 },
  })
}

function portalWith({ uri, isForSession }) {
  return {
    client_id: 'portal',
    client_secret: 'another secret of this test',
    id_token_signed_response_alg: 'ES256',
    redirect_uris: ['https://portal.example.com/callback'],
    backchannel_logout_uri: uri,
    backchannel_logout_session_required: isForSession,
  }
}

function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' }
}
