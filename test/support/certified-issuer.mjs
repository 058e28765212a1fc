// What the certified authorization servers of the tests have in common. Each is a program in a separate process.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import Provider from 'oidc-provider'

/** Listens on a free port of 127.0.0.1, and returns the port. */
export async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server.address().port
}

export function newSigningKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' }
}

/**
 * Creates a provider whose client `reporter` gets access tokens with `client_credentials`.
 *
 * @param reporter further metadata of that client
 * @param clients further clients
 * @param accessTokenFormat `jwt` or `opaque`
 * @param further options of the provider
 */
export function certifiedIssuer(
  issuer,
  { keys, scope, reporter = {}, clients = [], accessTokenFormat = 'jwt', features, ...further },
) {
  return new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: 'reporter',
        client_secret: 'a secret of this test',
        grant_types: ['client_credentials'],
        id_token_signed_response_alg: 'ES256',
        redirect_uris: [],
        response_types: [],
        ...reporter,
      },
      ...clients,
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          audience: resource,
          scope,
          accessTokenFormat,
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
      ...features,
    },
    ttl: { ClientCredentials: 600 },
    ...further,
  })
}
