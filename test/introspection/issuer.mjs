// A certified authorization server in a separate process, whose access tokens are opaque. The first argument is the JWK Set of
// the client `signer`, and the second one the port, if it is not any. It receives commands as messages and answers each one.
import { createServer } from 'node:http'
import { certifiedIssuer, newSigningKey } from '../support/certified-issuer.mjs'

const [jwks, port = '0'] = process.argv.slice(2)
const server = createServer((request, response) => {
  if (request.url.startsWith('/token/introspection')) questions += 1
  provider.callback()(request, response)
})
await new Promise((resolve) => server.listen(Number(port), '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`
let questions = 0

/** A client that may only ask about tokens. */
const asking = {
  client_secret: 'a secret: 100% + /&=~*',
  grant_types: [],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: 'ES256',
  introspection_signed_response_alg: 'ES256',
}

const provider = certifiedIssuer(issuer, {
  keys: [newSigningKey()],
  scope: 'reports:read',
  accessTokenFormat: 'opaque',
  reporter: { introspection_signed_response_alg: 'ES256' },
  clients: [
    { ...asking, client_id: 'basic: +%', token_endpoint_auth_method: 'client_secret_basic' },
    { ...asking, client_id: 'post', token_endpoint_auth_method: 'client_secret_post' },
    {
      ...asking,
      client_id: 'signer',
      client_secret: undefined,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: JSON.parse(jwks),
    },
  ],
  features: {
    introspection: { enabled: true, allowedPolicy: () => true },
    jwtIntrospection: { enabled: true },
    revocation: { enabled: true },
    dPoP: { enabled: true },
  },
})

const commands = {
  /** Issues a refresh token, as if somebody had logged in. */
  async issueRefreshToken() {
    const client = await provider.Client.find('reporter')
    const grant = new provider.Grant({ accountId: 'user-1', clientId: 'reporter' })
    const of = {
      client,
      accountId: 'user-1',
      grantId: await grant.save(),
      scope: 'reports:read',
      gty: 'authorization_code',
    }
    return { token: await new provider.RefreshToken(of).save() }
  },
  /** The number of introspection requests until now. */
  async count() {
    return { questions }
  },
}

process.on('message', ({ command }) => void commands[command]().then((answer) => process.send(answer)))
process.on('disconnect', () => process.exit())
process.send({ issuer })
