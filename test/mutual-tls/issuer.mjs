// A certified authorization server in a separate process, which binds its tokens to the certificate of the client. The
// arguments are the key and the certificate of its TLS server.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import Provider from 'oidc-provider'

const [key, cert] = process.argv.slice(2)
const handle = (request, response) => provider.callback()(request, response)
const server = createServer(handle).listen(0, '127.0.0.1')
const tlsServer = createTlsServer({ key, cert, requestCert: true, rejectUnauthorized: false }, handle).listen(
  0,
  '127.0.0.1',
)
await Promise.all([server, tlsServer].map((one) => new Promise((resolve) => one.once('listening', resolve))))
const issuer = `http://127.0.0.1:${server.address().port}`

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const provider = new Provider(issuer, {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' }] },
  clients: [
    {
      client_id: 'reporter',
      client_secret: 'a secret of this test',
      grant_types: ['client_credentials'],
      id_token_signed_response_alg: 'ES256',
      redirect_uris: [],
      response_types: [],
      tls_client_certificate_bound_access_tokens: true,
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      getCertificate: (context) => context.req.socket.getPeerX509Certificate(),
    },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource) => ({
        audience: resource,
        scope: 'reports:read',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  ttl: { ClientCredentials: 600 },
})

process.on('disconnect', () => process.exit())
process.send({ issuer, tlsPort: tlsServer.address().port })
