import { inspect } from 'node:util'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { audience, issuer, segment } from '../../support/foreign-issuer.ts'
import { IntrospectedIssuer } from './setting.ts'

const active = { active: true, aud: audience }
const never = <T>(): Promise<T> => new Promise<T>(() => undefined)
const metadataUrl = `${issuer}/.well-known/openid-configuration`

describe('nothing waits longer than `timeout`', () => {
  test('for a client key that does not come', async () => {
    const privateKey = { keys: { signingKey: () => never() } } as never
    const one = new IntrospectedIssuer(active, { clientSecret: undefined, privateKey, timeout: '20ms' })
    expect(await one.outcome()).toBe('introspection_unavailable')
  })

  test('for a client key that does not sign', async () => {
    const keys = new LocalKeyProvider()
    await keys.createKey({ alg: 'ES256' })
    const real = await keys.signingKey()
    const privateKey = {
      keys: { signingKey: async () => ({ ...real, alg: real.alg, kid: real.kid, sign: () => never() }) },
    }
    const settings = { clientSecret: undefined, privateKey: privateKey as never, timeout: '20ms' } as const
    const one = new IntrospectedIssuer(active, settings)
    expect(await one.outcome()).toBe('introspection_unavailable')
  })

  test('for the keys that verify a signed answer', async () => {
    const keys = { verificationKeys: () => never(), trusts: () => true } as never
    const one = new IntrospectedIssuer({}, { accept: 'jwt', timeout: '20ms' }, { keys, jwksUrl: undefined })
    const claims = { iss: issuer, aud: 'orders', iat: one.clock.seconds(), token_introspection: active }
    const jwt = one.keys.sign(claims, { alg: 'ES256', kid: one.keys.kid, typ: 'token-introspection+jwt' })
    one.answer(() => new Response(jwt))
    expect(await one.outcome()).toBe('introspection_unavailable')
  })
})

test('metadata that is not answered any more does not keep tokens out, if the endpoint is known', async () => {
  const one = new IntrospectedIssuer(active, { endpoint: undefined, timeout: '200ms' })
  expect(await one.outcome('first')).toBe('passes')
  one.answer(() => never<Response>(), metadataUrl)
  one.clock.advance(61 * 60_000)
  expect(await one.outcome('an-hour-later')).toBe('passes')
  one.answer(500)
  expect(await one.outcome('refused-once')).toBe('introspection_unavailable')
  one.answer(active)
  expect(await one.outcome('after-a-failure')).toBe('passes')
})

test.each([400, 413, 414, 422, 431])('tokens that the issuer answers with %d do not make an outage', async (status) => {
  const one = new IntrospectedIssuer(status)
  for (let count = 0; count < 20; count += 1)
    expect(await one.outcome(`odd-${count}`)).toBe('introspection_unavailable')
  one.answer(active)
  expect([await one.outcome('good'), one.questions.length]).toEqual(['passes', 21])
})

test('they spend from the budget for unknown tokens', async () => {
  const one = new IntrospectedIssuer(400, { maxRefusalsPerSecond: 2 })
  for (let count = 0; count < 20; count += 1) await one.outcome(`odd-${count}`)
  expect(one.questions).toHaveLength(10)
})

test('the credentials of the client are not visible in a verifier', () => {
  const { verifier } = new IntrospectedIssuer(active, { clientSecret: 'very secret' })
  const shown = inspect(verifier, { depth: 20, showHidden: true }) + JSON.stringify(verifier)
  expect(shown).not.toContain('very secret')
})

test.each([
  ['an empty part at the end', '.'],
  ['further parts', '.e30.e30.e30.AAAA'],
  ['many dots', '.'.repeat(1000)],
])('a JWT with %s is not sent', async (_, more) => {
  const one = new IntrospectedIssuer(active)
  expect(
    await one.outcome(`${segment({ alg: 'ES256' })}.${segment({ iss: 'https://other.example.com' })}.AAAA${more}`),
  ).toBe('token_malformed')
  expect(one.questions).toEqual([])
})

test.each<[string, string, string]>([
  ['an own member __proto__', '"__proto__":{"scope":"admin"}', 'passes'],
  ['__proto__ in place of active', '"__proto__":{"active":true}', 'passes'],
  ['an exp without an end', '"exp":1e999', 'claim_invalid exp'],
  ['a huge exp', '"exp":1e308', 'passes'],
  ['a negative exp', '"exp":-1', 'token_expired'],
  ['a cnf of null', '"cnf":null', 'proof_required'],
  ['an empty cnf', '"cnf":{}', 'proof_required'],
])('an answer with %s', async (_, member, outcome) => {
  const one = new IntrospectedIssuer(() => new Response(`{"active":true,"aud":"${audience}",${member}}`))
  expect(await one.outcome()).toBe(outcome)
  if (outcome !== 'passes') return
  const { scopes, claims } = await one.verifier.verify('opaque-token')
  expect([scopes, Object.getPrototypeOf(claims)]).toEqual([[], Object.prototype])
})

test('an answer whose __proto__ says that the token is active does not say it', async () => {
  const one = new IntrospectedIssuer(() => new Response(`{"__proto__":{"active":true,"aud":"${audience}"}}`))
  expect(await one.outcome()).toBe('introspection_unavailable')
})

test("with jwt: 'also', a key in the answer binds the JWT too", async () => {
  const one = new IntrospectedIssuer({ ...active, cnf: { jkt: 'a thumbprint' } }, { jwt: 'also' })
  const token = one.keys.sign({ iss: issuer, aud: audience, exp: one.clock.seconds() + 60 })
  expect(await one.outcome(token)).not.toBe('passes')
})

test.each(['__proto__', 'constructor', 'toString'])('issuerOf that returns %s finds no issuer', async (iss) => {
  const one = new IntrospectedIssuer(active, {}, { issuerOf: () => iss })
  expect([await one.outcome(), one.questions]).toEqual(['issuer_mismatch', []])
})
