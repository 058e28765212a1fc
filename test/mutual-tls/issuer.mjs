// A certified authorization server in a separate process, which binds its tokens to the certificate of the client. The
// arguments are the key and the certificate of its TLS server.
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { certifiedIssuer, listen, newSigningKey } from '../support/certified-issuer.mjs'

const [key, cert] = process.argv.slice(2)
const handle = (request, response) => provider.callback()(request, response)
const issuer = `http://127.0.0.1:${await listen(createServer(handle))}`
const tlsPort = await listen(createTlsServer({ key, cert, requestCert: true, rejectUnauthorized: false }, handle))
const provider = certifiedIssuer(issuer, {
  keys: [newSigningKey()],
  scope: 'reports:read',
  reporter: { tls_client_certificate_bound_access_tokens: true },
  features: {
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      getCertificate: (context) => context.req.socket.getPeerX509Certificate(),
    },
  },
})

process.on('disconnect', () => process.exit())
process.send({ issuer, tlsPort })
