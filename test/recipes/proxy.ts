import { createDpopClient } from '@bearerkit/testing'
import type { Client } from './client.ts'
import { startGateway } from './gateway.ts'
import type { Rows } from './rows.ts'

export const accessIssuer = 'https://acme.cloudflareaccess.com'

/** In the shape of Cloudflare Access. */
function accessToken(client: Client, claims: object = {}): string {
  return client.token({
    aud: ['4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2'],
    email: 'jane@example.com',
    iss: accessIssuer,
    type: 'app',
    identity_nonce: '6ei69kawdKzMIAPF',
    sub: '7335d417-61da-459d-899c-0a01c76a2f94',
    country: 'DE',
    ...claims,
  })
}

export const proxyRows: Rows = {
  async 'a user whom the proxy has signed in'(client) {
    const response = await client.ask('/me', { 'cf-access-jwt-assertion': accessToken(client) })
    expect(await response.json()).toEqual({ email: 'jane@example.com' })
    return response.status
  },
  'a request past the proxy that names a user in a header': (client) =>
    client.statusOf('/me', { 'cf-access-authenticated-user-email': 'boss@example.com' }),
  'a user of another application of the same team': (client) =>
    client.statusOf('/me', { 'cf-access-jwt-assertion': accessToken(client, { aud: ['another'] }) }),
  'a token in `Authorization`': (client) => client.statusOf('/me', client.bearing(accessToken(client))),
  async 'two tokens in the header of the proxy'(client) {
    const token = accessToken(client)
    return client.statusOf('/me', { 'cf-access-jwt-assertion': `${token}, ${token}` })
  },
}

/** Asks through a gateway that removes `/orders`. */
async function throughGateway(client: Client, headers: Readonly<Record<string, string>>): Promise<number> {
  const gateway = await startGateway(client.origin, '/orders')
  try {
    return (await fetch(`${gateway.origin}/orders/me`, { headers })).status
  } finally {
    gateway.close()
  }
}

/** A token that is bound to a key, and a proof of the key for a URL. */
async function proven(client: Client, url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const dpop = await createDpopClient()
  const token = client.token({ cnf: { jkt: dpop.jkt } })
  const proof = await dpop.proof({ url, token })
  return throughGateway(client, { ...headers, authorization: `DPoP ${token}`, dpop: proof })
}

export const gatewayRows: Rows = {
  'a bound token with a proof for `https://api.example.com/orders/me`': (client) =>
    proven(client, 'https://api.example.com/orders/me'),
  'a bound token with a proof for the inner URL': (client) => proven(client, `${client.origin}/me`),
  "a bound token with a proof for `X-Forwarded-Host` of the client's choice": (client) =>
    proven(client, 'https://evil.example/orders/me', {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    }),
  'a bound token as `Bearer`': (client) =>
    throughGateway(client, client.bearing(client.token({ cnf: { jkt: 'x'.repeat(43) } }))),
  'a token that is not bound': (client) => throughGateway(client, client.bearing()),
}
