// A certified authorization server in a separate process. It receives commands as messages and answers each one.
import { createServer } from 'node:http'
import { certifiedIssuer, listen, newSigningKey } from '../support/certified-issuer.mjs'

const server = createServer((request, response) => provider.callback()(request, response))
const issuer = `http://127.0.0.1:${await listen(server)}`

/** Newest first: the first one signs. */
let keys = [newSigningKey()]
let provider = providerWith(keys)

const commands = {
  /** Signs with a new key and still publishes the former one. */
  rotate() {
    keys = [newSigningKey(), ...keys]
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
function providerWith(signingKeys, logout) {
  return certifiedIssuer(issuer, {
    keys: signingKeys,
    scope: 'reports:read reports:write',
    clients: logout === undefined ? [] : [portalWith(logout)],
    features: { backchannelLogout: { enabled: true } },
    // By default it sends nothing to loopback addresses.
    fetch: (url, { dispatcher: _dispatcher, ...options }) => fetch(url, options),
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
