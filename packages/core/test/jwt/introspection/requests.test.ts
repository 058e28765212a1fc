import { inspect } from 'node:util'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { IntrospectionClient } from '../../../src/jwt/introspection/introspection-client.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'
import { endpoint, IntrospectedIssuer } from './setting.ts'

const active = { active: true, aud: audience }

function onlyOne<T>(list: readonly T[]): T {
  expect(list).toHaveLength(1)
  return list[0] as T
}

test('the token is sent in the form of a POST, with its hint, and nowhere else', async () => {
  const one = new IntrospectedIssuer(active)
  await one.verifier.verify('opaque+token/=')
  const { headers, form, init } = onlyOne(one.questions)
  expect([init.method, init.redirect, headers.get('content-type'), headers.get('accept')]).toEqual([
    'POST',
    'manual',
    'application/x-www-form-urlencoded',
    'application/json',
  ])
  expect(Object.fromEntries(form)).toEqual({ token: 'opaque+token/=', token_type_hint: 'access_token' })
  expect(one.urls).toEqual([endpoint])
})

test('client_secret_basic form-encodes id and secret before it joins them', async () => {
  const one = new IntrospectedIssuer(active, { clientId: 'a:b c', clientSecret: 'p%?ä' })
  await one.verifier.verify('opaque-token')
  const [, credentials = ''] = one.questions[0]?.headers.get('authorization')?.split(' ') ?? []
  expect(Buffer.from(credentials, 'base64').toString()).toBe('a%3Ab+c:p%25%3F%C3%A4')
})

test('client_secret_post sends id and secret in the form', async () => {
  const one = new IntrospectedIssuer(active, { authMethod: 'client_secret_post' })
  await one.verifier.verify('opaque-token')
  const { headers, form } = onlyOne(one.questions)
  expect(headers.get('authorization')).toBeNull()
  expect([form.get('client_id'), form.get('client_secret')]).toEqual(['orders', 'secret'])
})

test('private_key_jwt sends a new signed assertion each time', async () => {
  const keys = new LocalKeyProvider()
  await keys.createKey({ alg: 'ES256', kid: 'client' })
  const one = new IntrospectedIssuer(active, { clientSecret: undefined, privateKey: { keys, kid: 'client' } })
  await one.verifier.verify('opaque-token')
  await one.verifier.verify('another-token')
  const jwks = createLocalJWKSet(await keys.publishedJwks())
  const ids = new Set<unknown>()
  for (const { form } of one.questions) {
    expect(form.get('client_id')).toBe('orders')
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    const { payload } = await jwtVerify(form.get('client_assertion') ?? '', jwks, {
      issuer: 'orders',
      subject: 'orders',
      audience: issuer,
      currentDate: new Date(one.clock.now()),
    })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(60)
    ids.add(payload.jti)
  }
  expect(ids.size).toBe(2)
})

test('a client key that is missing is not the fault of the token', async () => {
  const one = new IntrospectedIssuer(active, { clientSecret: undefined, privateKey: { keys: new LocalKeyProvider() } })
  expect(await one.outcome()).toBe('introspection_unavailable')
})

describe('without the option `endpoint`', () => {
  const metadataUrl = `${issuer}/.well-known/openid-configuration`

  it('finds the endpoint in the metadata, once for many tokens', async () => {
    const one = new IntrospectedIssuer(active, { endpoint: undefined })
    await Promise.all(Array.from({ length: 10 }, (_, index) => one.verifier.verify(`token-${index}`)))
    expect(one.urls.filter((url) => url === metadataUrl)).toHaveLength(1)
    expect(one.questions).toHaveLength(10)
  })

  it.each([
    ['has none', { issuer }],
    ['is of another issuer', { issuer: 'https://other.example.com', introspection_endpoint: endpoint }],
    ['names plain http', { issuer, introspection_endpoint: 'http://issuer.example.com/introspect' }],
    ['names another origin', { issuer, introspection_endpoint: 'https://other.example.com/introspect' }],
    ['names user information', { issuer, introspection_endpoint: 'https://a:b@issuer.example.com/introspect' }],
    ['names no URL', { issuer, introspection_endpoint: ['x'] }],
  ])('sends nothing if the metadata %s', async (_, metadata) => {
    const one = new IntrospectedIssuer(active, { endpoint: undefined })
    one.answer(metadata, metadataUrl)
    expect([await one.outcome(), one.urls.every((url) => url.includes('well-known'))]).toEqual([
      'introspection_unavailable',
      true,
    ])
  })

  it('reads the metadata again after a failure', async () => {
    const one = new IntrospectedIssuer(404, { endpoint: undefined })
    expect(await one.outcome('first')).toBe('introspection_unavailable')
    const moved = `${issuer}/moved`
    one.answer({ issuer, introspection_endpoint: moved }, metadataUrl)
    one.answer(active, moved)
    expect(await one.outcome('second')).toBe('passes')
  })
})

test('neither the secret nor a token is visible in a client, its errors or its health', async () => {
  const clientSecret = 'very secret'
  const token = 'a-token-of-somebody'
  const { fetch } = new FakeFetch({ [endpoint]: 401 })
  const client = new IntrospectionClient({ issuer, endpoint, clientId: 'orders', clientSecret, fetch })
  const error: unknown = await client.introspect(token).catch((failure: unknown) => failure)
  const shown = inspect([client, error, client.health()], { depth: 10, showHidden: true })
  expect(shown).toContain('does not accept the credentials')
  for (const secret of [clientSecret, token, Buffer.from(`orders:very+secret`).toString('base64')])
    expect(shown).not.toContain(secret)
})
