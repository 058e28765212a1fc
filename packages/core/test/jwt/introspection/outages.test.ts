import { IntrospectionUnavailableError } from '../../../src/errors.ts'
import { IntrospectionClient } from '../../../src/jwt/introspection/introspection-client.ts'
import { ManualClock } from '../../support/clock.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'
import { refuseConnection } from '../../support/fake-fetch.ts'
import { credentials, endpoint, IntrospectedIssuer } from './setting.ts'

const second = 1000

async function failuresOf(one: IntrospectedIssuer, count: number): Promise<void> {
  for (let attempt = 0; attempt < count; attempt += 1)
    expect(await one.outcome(`token-${attempt}`)).toBe('introspection_unavailable')
}

test('during an outage, remembered tokens pass until cacheTtl or exp, and others are not refused', async () => {
  const one = new IntrospectedIssuer({}, { cacheTtl: '30s' })
  one.answer(one.active())
  expect(await one.outcome('first')).toBe('passes')
  one.answer(one.active({ exp: one.clock.seconds() + 10 }))
  expect(await one.outcome('short-lived')).toBe('passes')
  one.answer(500)
  await failuresOf(one, 10)
  one.clock.advance(16 * second)
  expect([await one.outcome('first'), await one.outcome('short-lived')]).toEqual(['passes', 'token_expired'])
  one.clock.advance(15 * second)
  expect(await one.outcome('first')).toBe('introspection_unavailable')
})

test('after five failures in a row, one request after each pause finds out whether the outage is over', async () => {
  const one = new IntrospectedIssuer(refuseConnection)
  await failuresOf(one, 5)
  await failuresOf(one, 20)
  expect(one.questions).toHaveLength(5)
  one.clock.advance(4 * second)
  await Promise.all(Array.from({ length: 20 }, (_, index) => one.outcome(`waiting-${index}`)))
  expect(one.questions).toHaveLength(6)
  one.answer(one.active())
  one.clock.advance(4 * second)
  expect([await one.outcome(), await one.outcome('another')]).toEqual(['passes', 'passes'])
})

test('four failures that an answer interrupts are no outage', async () => {
  const one = new IntrospectedIssuer(500)
  for (let round = 0; round < 5; round += 1) {
    one.answer(500)
    await failuresOf(one, 4)
    one.answer(one.active())
    expect(await one.outcome(`good-${round}`)).toBe('passes')
  }
})

test('Retry-After is honored at the first failure, for at most a minute', async () => {
  const one = new IntrospectedIssuer(() => new Response(null, { status: 503, headers: { 'retry-after': '3600' } }))
  await failuresOf(one, 1)
  const failure = await one.verifier.verify('another').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(IntrospectionUnavailableError)
  expect((failure as IntrospectionUnavailableError).retryAfter).toBe(60)
  one.answer(one.active())
  one.clock.advance(60 * second)
  expect([await one.outcome(), one.questions.length]).toEqual(['passes', 2])
})

test.each([
  ['does not answer', () => new Promise<Response>(() => undefined)],
  [
    'stops in the middle of the body',
    () => new Response(new ReadableStream({ start: (body) => body.enqueue(Buffer.from('{"active":')) })),
  ],
])('an issuer that %s is waited for no longer than `timeout`', async (_, answer) => {
  const one = new IntrospectedIssuer(answer, { timeout: '20ms' })
  expect(await one.outcome()).toBe('introspection_unavailable')
})

test('the events and the health of a client tell of an outage once, and of its end', async () => {
  const clock = new ManualClock()
  let status = 500
  const client = new IntrospectionClient({
    issuer,
    endpoint,
    ...credentials,
    clock,
    random: () => 1,
    fetch: async () =>
      status === 200 ? Response.json({ active: true, aud: audience }) : new Response(null, { status }),
  })
  const told: string[] = []
  for (const event of ['introspectionFailed', 'introspectionUnavailable', 'introspectionAvailable'] as const)
    client.on(event, () => void told.push(event))
  expect(client.health()).toMatchObject({ endpoint, state: 'unknown', lastError: undefined })
  for (let count = 0; count < 7; count += 1) await client.introspect(`token-${count}`).catch(() => undefined)
  expect(told).toEqual([...Array<string>(5).fill('introspectionFailed'), 'introspectionUnavailable'])
  expect(client.health()).toMatchObject({
    state: 'unavailable',
    retryIn: 1,
    lastError: { message: `${endpoint}: status 500` },
  })
  clock.advance(second)
  status = 200
  await client.introspect('good')
  expect(told.at(-1)).toBe('introspectionAvailable')
  expect(client.health()).toMatchObject({
    state: 'available',
    lastError: undefined,
    remembered: { active: 1, refused: 0 },
  })
})

test('close ends the requests that are under way', async () => {
  const one = new IntrospectedIssuer(() => new Promise<Response>(() => undefined), { timeout: '1m' })
  const outcome = one.outcome()
  await new Promise(setImmediate)
  one.verifier.close()
  expect(await outcome).toBe('introspection_unavailable')
})
