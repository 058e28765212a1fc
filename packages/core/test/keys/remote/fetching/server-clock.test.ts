import { clockAheadOf } from '../../../../src/keys/remote/fetching/server-clock.ts'
import { RemoteJwksKeyProvider } from '../../../../src/keys/remote/remote-jwks-key-provider.ts'
import { LocalKeyProvider } from '../../../../src/keys/local/local-key-provider.ts'

const date = 'Sun, 09 Sep 2001 01:46:40 GMT'
const now = 1_000_000_000_500

test.each<[string, Record<string, string>, number | undefined]>([
  ['agrees', { date }, 0],
  ['agrees, through a cache', { date: 'Sun, 09 Sep 2001 01:46:30 GMT', age: '10' }, 0],
  ['is a minute ahead', { date: 'Sun, 09 Sep 2001 01:45:40 GMT' }, 60_000],
  ['is a minute behind', { date: 'Sun, 09 Sep 2001 01:47:40 GMT' }, -60_000],
  ['cannot be compared without a date', {}, undefined],
  ['cannot be compared with nonsense', { date: 'today' }, undefined],
  ['cannot be compared if the age is nonsense', { date, age: 'old' }, undefined],
])('the clock here %s', (_, headers, expected) => {
  expect(clockAheadOf(new Headers(headers), now)).toBe(expected)
})

test('health() tells the difference of the last fetch, in whole seconds', async () => {
  const local = new LocalKeyProvider()
  await local.createKey({ alg: 'ES256' })
  let sent = 'Sun, 09 Sep 2001 01:45:40 GMT'
  const keys = new RemoteJwksKeyProvider({
    jwksUrl: 'https://issuer.example.com/jwks.json',
    clock: { now: () => now },
    fetch: async () => Response.json(await local.publishedJwks(), { headers: { date: sent } }),
  })
  expect(keys.health().clockAhead).toBeUndefined()
  await keys.ready()
  expect(keys.health().clockAhead).toBe(60)
  sent = date
  await keys.refresh({ force: true })
  expect(keys.health().clockAhead).toBe(0)
})
