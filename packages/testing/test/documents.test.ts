import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'

describe.each(['', '/tenant', '/a/b'])('an issuer at path "%s"', (path) => {
  let issuer: TestIssuer
  let origin: string

  beforeAll(async () => {
    issuer = await createTestIssuer({ path })
    origin = new URL(issuer.issuer).origin
  })
  afterAll(() => issuer.close())

  it('has a URL on the loopback address that ends in its path', () => {
    expect(issuer.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+/)
    expect(issuer.issuer).toBe(`${origin}${path}`)
    expect(issuer.jwksUrl).toBe(`${issuer.issuer}/jwks.json`)
  })

  it.each([
    ['OpenID Connect Discovery', () => `${issuer.issuer}/.well-known/openid-configuration`],
    ['RFC 8414', () => `${origin}/.well-known/oauth-authorization-server${path}`],
  ])('serves the metadata of %s', async (_, url) => {
    const response = await fetch(url())
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({ issuer: issuer.issuer, jwks_uri: issuer.jwksUrl })
  })

  it('serves the JWKS', async () => {
    const response = await fetch(issuer.jwksUrl)
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json')
    expect(await response.json()).toEqual({ keys: [expect.objectContaining({ kid: 'test.1', alg: 'ES256' })] })
  })

  it('answers 304 to the ETag of the JWKS until the key is rotated', async () => {
    const etag = (await fetch(issuer.jwksUrl)).headers.get('etag') ?? ''
    const conditional = { headers: { 'if-none-match': etag } }
    expect((await fetch(issuer.jwksUrl, conditional)).status).toBe(304)
    await issuer.rotateKey()
    expect((await fetch(issuer.jwksUrl, conditional)).status).toBe(200)
  })

  it.each([
    ['GET', 404, () => `${issuer.issuer}/`],
    ['GET', 404, () => `${issuer.issuer}/jwks`],
    ['GET', 404, () => `${origin}//`],
    ['GET', 404, () => `${issuer.jwksUrl}?v=1`],
    ['POST', 404, () => `${issuer.issuer}/authorize`],
    ['POST', 405, () => issuer.jwksUrl],
    ['POST', 405, () => `${issuer.issuer}/.well-known/openid-configuration`],
    ['HEAD', 200, () => `${issuer.issuer}/.well-known/openid-configuration`],
    ['HEAD', 200, () => issuer.jwksUrl],
  ])('answers %s with %d (%#)', async (method, status, url) => {
    const response = await fetch(url(), { method })
    expect(response.status).toBe(status)
    expect(status === 200 ? await response.text() : '').toBe('')
  })
})

it.each([
  ['alg', { alg: 'HS256' }],
  ['alg', { alg: 'none' }],
  ['path', { path: 'tenant' }],
  ['path', { path: '/tenant/' }],
  ['path', { path: '/?' }],
])('refuses the option %s of %j', async (option, options) => {
  await expect(createTestIssuer(options)).rejects.toMatchObject({ name: 'ConfigurationError', option })
})
