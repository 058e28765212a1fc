import type { Rows } from './rows.ts'

export const serverlessRows: Rows = {
  'the first request of an instance': (client) => client.statusOf('/me', client.bearing()),
  'another request of that instance': (client) =>
    client.statusOf('/me', client.bearing(client.token({ sub: 'user-2' }))),
  async 'a request without a token'(client) {
    const response = await client.ask('/me')
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"')
    return response.status
  },
  'a request without the scope, at `/orders`': (client) => client.statusOf('/orders', client.bearing()),
  'a request with the claims of an authorizer in a header': (client) =>
    client.statusOf('/me', { 'x-amzn-oidc-identity': 'user-1', 'x-apigateway-context': '{"claims":{"sub":"user-1"}}' }),
}
