import type { Rows } from './rows.ts'

const origin = 'https://portal.example.com'
const preflight = {
  origin,
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'authorization',
}

/** What a browser needs to show an answer to the page. */
function expectShown(response: Response): number {
  expect(response.headers.get('access-control-allow-origin')).toBe(origin)
  expect(response.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate')
  if (response.status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="api"/)
  return response.status
}

export const corsRows: Rows = {
  async 'a preflight, which has no token'(client) {
    const response = await client.ask('/me', preflight, 'OPTIONS')
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)
    expect(response.headers.get('access-control-allow-headers')).toMatch(/authorization/i)
    expect(response.headers.get('access-control-allow-methods')).toContain('GET')
    return response.status
  },
  'a request with a token': async (client) => expectShown(await client.ask('/me', { origin, ...client.bearing() })),
  'a request without a token': async (client) => expectShown(await client.ask('/me', { origin })),
  'a request with an expired token': async (client) =>
    expectShown(await client.ask('/me', { origin, ...client.bearing(client.expired()) })),
  'a `GET` request that looks like a preflight': (client) => client.statusOf('/me', preflight),
  'a request that overrides its method with `OPTIONS`': (client) =>
    client.statusOf('/me', { ...preflight, 'x-http-method-override': 'OPTIONS' }),
}
