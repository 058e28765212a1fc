import { IntrospectionClient } from '../../../src/jwt/introspection/introspection-client.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'
import { credentials, endpoint, IntrospectedIssuer } from './setting.ts'

const second = 1000

test('an answer is remembered for cacheTtl, from when the issuer was asked', async () => {
  const one = new IntrospectedIssuer({}, { cacheTtl: '30s' })
  one.answer(() => {
    one.clock.advance(2 * second)
    return Response.json(one.active())
  })
  expect(await one.outcome()).toBe('passes')
  one.clock.advance(27 * second)
  expect([await one.outcome(), one.questions.length]).toEqual(['passes', 1])
  one.clock.advance(second)
  expect([await one.outcome(), one.questions.length]).toEqual(['passes', 2])
})

test('a token that the issuer revokes is refused at the latest after cacheTtl', async () => {
  const one = new IntrospectedIssuer({}, { cacheTtl: '30s' })
  one.answer(one.active())
  expect(await one.outcome()).toBe('passes')
  one.answer({ active: false })
  one.clock.advance(29 * second)
  expect(await one.outcome()).toBe('passes')
  one.clock.advance(second)
  expect(await one.outcome()).toBe('token_inactive')
})

test('a remembered token is refused when it expires', async () => {
  const one = new IntrospectedIssuer({}, { cacheTtl: '1h' })
  one.answer(one.active({ exp: one.clock.seconds() + 10 }))
  expect(await one.outcome()).toBe('passes')
  one.clock.advance(15 * second)
  expect(await one.outcome()).toBe('token_expired')
})

test('a refusal is remembered for a third of cacheTtl', async () => {
  const one = new IntrospectedIssuer({ active: false }, { cacheTtl: '30s' })
  for (let use = 0; use < 3; use += 1) expect(await one.outcome()).toBe('token_inactive')
  expect(one.questions).toHaveLength(1)
  one.clock.advance(10 * second)
  one.answer(one.active())
  expect([await one.outcome(), one.questions.length]).toEqual(['passes', 2])
})

test('fifty uses of a new token at once ask once', async () => {
  const one = new IntrospectedIssuer({})
  one.answer(one.active())
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => one.outcome()))
  expect([new Set(outcomes), one.questions.length]).toEqual([new Set(['passes']), 1])
})

test('verifiers that share a client ask once about a new token that comes at the same moment', async () => {
  let asked = 0
  const introspection = new IntrospectionClient({
    issuer,
    endpoint,
    ...credentials,
    fetch: async () => Response.json({ active: true, aud: audience, asked: (asked += 1) }),
  })
  const verifiers = Array.from({ length: 5 }, () => new TokenVerifier({ issuer, audience, introspection }))
  const uses = await Promise.all(verifiers.map(async (verifier) => verifier.verify('opaque-token')))
  expect([uses.length, asked]).toEqual([5, 1])
})

test('a token for another audience, or bound to a key, costs one request', async () => {
  for (const change of [{ aud: 'https://other.example.com' }, { cnf: { jkt: 'thumbprint' } }]) {
    const one = new IntrospectedIssuer({})
    one.answer(one.active(change))
    for (let use = 0; use < 5; use += 1) expect(await one.outcome()).not.toBe('passes')
    expect(one.questions).toHaveLength(1)
  }
})

test('without a cache of verified tokens, answers are still remembered', async () => {
  const one = new IntrospectedIssuer({}, {}, { cache: false })
  one.answer(one.active())
  for (let use = 0; use < 3; use += 1) expect(await one.outcome()).toBe('passes')
  expect(one.questions).toHaveLength(1)
})

test('junk tokens neither evict good ones nor flood the issuer', async () => {
  const one = new IntrospectedIssuer({}, { maxTokens: 100, maxRefusalsPerSecond: 10, cacheTtl: '1h' })
  one.answer(({ body }) => Response.json((body as string).includes('good') ? one.active() : { active: false }))
  expect(await one.outcome('good')).toBe('passes')
  const outcomes = new Map<string, number>()
  for (let count = 0; count < 2000; count += 1) {
    const outcome = await one.outcome(`junk-${count}`)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  // Five seconds of the budget.
  expect(Object.fromEntries(outcomes)).toEqual({ token_inactive: 50, introspection_unavailable: 1950 })
  expect(one.questions).toHaveLength(51)
  expect([await one.outcome('good'), one.questions.length]).toEqual(['passes', 51])
  one.clock.advance(second)
  expect([await one.outcome('another-good'), one.questions.length]).toEqual(['passes', 52])
})

test('good tokens spend nothing of the budget', async () => {
  const one = new IntrospectedIssuer({}, { maxRefusalsPerSecond: 1 })
  one.answer(one.active())
  for (let count = 0; count < 100; count += 1) expect(await one.outcome(`good-${count}`)).toBe('passes')
})
