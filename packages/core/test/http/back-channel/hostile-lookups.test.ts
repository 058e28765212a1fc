import { IntrospectionEndpoint } from '../../../src/http/back-channel/introspection-endpoint.ts'

const form = { token: 'opaque' }
const request = {
  method: 'POST',
  url: '/introspect',
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/token-introspection+jwt, application/json',
  },
}

/** Records that a store may return. None of them is an active token. */
test.each<[string, unknown, number]>([
  ['that is marked as not active', { active: false, sub: 'user-1' }, 200],
  ['whose active is the text "false"', { active: 'false', sub: 'user-1' }, 503],
  ['without members, as some stores return for no record', {}, 503],
  ['that is null', null, 503],
  ['that is a list', [{ sub: 'user-1' }], 503],
  ['that is true', true, 503],
  ['whose exp is text', { sub: 'user-1', exp: '4000000000' }, 503],
  ['whose exp is a date', { sub: 'user-1', exp: new Date(4e12) }, 503],
  ['whose exp is null', { sub: 'user-1', exp: null }, 503],
])('a record %s does not make a token active', async (_, record, expected) => {
  const endpoint = new IntrospectionEndpoint({ find: () => record as never, authenticate: () => true })
  const { status, body } = await endpoint.respond(request, form)
  expect(status).toBe(expected)
  expect(body).not.toContain('true')
})

test('a key that does not come is a 503 after five seconds', async () => {
  jest.useFakeTimers()
  try {
    const keys = { signingKey: () => new Promise<never>(() => undefined) }
    const endpoint = new IntrospectionEndpoint({
      find: () => ({ aud: 'orders' }),
      authenticate: () => 'orders',
      signing: { keys, issuer: 'https://issuer.example.com' },
    })
    const answer = endpoint.respond(request, form)
    await jest.advanceTimersByTimeAsync(5000)
    expect((await answer).status).toBe(503)
  } finally {
    jest.useRealTimers()
  }
})
