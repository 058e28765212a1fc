import { KeySourceUnavailableError } from '../../../src/errors.ts'
import { discoverJwksUrl, metadataLocations } from '../../../src/keys/remote/discovery.ts'
import { FakeFetch, refuseConnection } from '../../support/fake-fetch.ts'

const issuer = 'https://issuer.example.com'
const oidc = `${issuer}/.well-known/openid-configuration`
const rfc8414 = `${issuer}/.well-known/oauth-authorization-server`
const jwksUri = 'https://keys.example.com/jwks'

function discover(remote: FakeFetch, one = issuer, hosts?: readonly string[]): Promise<string> {
  const deadline = new AbortController().signal
  return discoverJwksUrl(one, { fetch: remote.fetch, headers: {}, maxBytes: 256 * 1024, deadline }, hosts)
}

describe('the locations of metadata', () => {
  it.each([
    ['https://a.example', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'],
    ['https://a.example/', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'],
    ['https://a.example/t', '/t/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/t'],
    ['https://a.example/t/', '/t/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/t'],
    ['https://a.example/t/u', '/t/u/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/t/u'],
    ['https://a.example/%41', '/%41/.well-known/openid-configuration', '/.well-known/oauth-authorization-server/%41'],
  ])('of %s', (one, first, second) => {
    expect(metadataLocations(one)).toEqual([`https://a.example${first}`, `https://a.example${second}`])
  })

  it('keep the port', () => {
    expect(metadataLocations('http://127.0.0.1:8080/t')[0]).toBe(
      'http://127.0.0.1:8080/t/.well-known/openid-configuration',
    )
  })
})

describe('discovery', () => {
  it('takes the JWKS from OpenID Connect Discovery', async () => {
    const remote = new FakeFetch({ [oidc]: { issuer, jwks_uri: jwksUri } })
    expect(await discover(remote)).toBe(jwksUri)
    expect(remote.urls).toEqual([oidc])
  })

  it('asks for RFC 8414 metadata where that answers 404', async () => {
    const remote = new FakeFetch({ [rfc8414]: { issuer, jwks_uri: jwksUri } })
    expect(await discover(remote)).toBe(jwksUri)
    expect(remote.urls).toEqual([oidc, rfc8414])
  })

  it.each([400, 403, 500, 503, 302])('does not ask further where that answers %s', async (status) => {
    const remote = new FakeFetch({ [oidc]: status, [rfc8414]: { issuer, jwks_uri: jwksUri } })
    await expect(discover(remote)).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.urls).toEqual([oidc])
  })

  it('does not ask further where nobody answers', async () => {
    const remote = new FakeFetch({ [oidc]: refuseConnection, [rfc8414]: { issuer, jwks_uri: jwksUri } })
    await expect(discover(remote)).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.urls).toEqual([oidc])
  })

  it('fails where there is no metadata at all', async () => {
    await expect(discover(new FakeFetch({}))).rejects.toThrow(/neither OpenID Connect Discovery nor RFC 8414/)
  })

  it.each<[string, unknown]>([
    ['another', 'https://evil.example.com'],
    ['with a slash more', `${issuer}/`],
    ['in another case', 'https://Issuer.example.com'],
    ['with the default port', `${issuer}:443`],
    ['a list', [issuer]],
    ['missing', undefined],
    ['null', null],
  ])('refuses a document whose issuer is not the same to the letter: %s', async (_, claimed) => {
    for (const location of [oidc, rfc8414]) {
      const remote = new FakeFetch({ [location]: { issuer: claimed, jwks_uri: jwksUri } })
      await expect(discover(remote)).rejects.toThrow(/another issuer/)
    }
  })

  it.each([`${issuer}/`, `${issuer}/tenant/`, `${issuer}/tenant`])(
    'compares the issuer with its path as it was configured: %s',
    async (one) => {
      const [location] = metadataLocations(one)
      expect(await discover(new FakeFetch({ [location]: { issuer: one, jwks_uri: jwksUri } }), one)).toBe(jwksUri)
      const other = one.endsWith('/') ? one.slice(0, -1) : `${one}/`
      const mismatch = new FakeFetch({ [location]: { issuer: other, jwks_uri: jwksUri } })
      await expect(discover(mismatch, one)).rejects.toThrow(/another issuer/)
    },
  )

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['a number', 5],
    ['a list', [jwksUri]],
    ['empty', ''],
    ['relative', '/jwks'],
    ['plain http', 'http://keys.example.com/jwks'],
    ['plain http to a private address', 'http://169.254.169.254/latest'],
    ['a file', 'file:///etc/passwd'],
    ['with user information', 'https://user:secret@keys.example.com/jwks'],
  ])('refuses a jwks_uri that is no protected URL: %s', async (_, uri) => {
    const remote = new FakeFetch({ [oidc]: { issuer, jwks_uri: uri } })
    await expect(discover(remote)).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.urls).toEqual([oidc])
  })

  it.each<[string, () => Response]>([
    ['an array', () => new Response('[]')],
    ['no JSON', () => new Response('<html>')],
    ['nothing', () => new Response('')],
  ])('refuses a document that is none: %s', async (_, answer) => {
    await expect(discover(new FakeFetch({ [oidc]: answer }))).rejects.toThrow(KeySourceUnavailableError)
  })

  it.each([429, 500, 503])('takes the status %s for a fault that may pass at once', async (status) => {
    await expect(discover(new FakeFetch({ [oidc]: status }))).rejects.toMatchObject({ isTransient: true })
  })

  it.each([400, 401, 403])('takes the status %s for one that stays', async (status) => {
    await expect(discover(new FakeFetch({ [oidc]: status }))).rejects.toMatchObject({ isTransient: false })
  })

  it('hands on when the server wants to be asked again', async () => {
    const busy = (): Response => new Response(null, { status: 503, headers: { 'retry-after': '7' } })
    await expect(discover(new FakeFetch({ [oidc]: busy }))).rejects.toMatchObject({ retryAfter: 7 })
  })
})

describe('the hosts of a jwks_uri', () => {
  it.each<[string, string, readonly string[]]>([
    ['the one named', jwksUri, ['keys.example.com']],
    ['one of those named', jwksUri, ['issuer.example.com', 'keys.example.com']],
    ['the one named, with its port', 'https://keys.example.com:8443/jwks', ['keys.example.com:8443']],
  ])('may be limited to %s', async (_, uri, hosts) => {
    expect(await discover(new FakeFetch({ [oidc]: { issuer, jwks_uri: uri } }), issuer, hosts)).toBe(uri)
  })

  it.each<[string, string]>([
    ['another', 'https://evil.example.net/jwks'],
    ['one below it', 'https://a.keys.example.com/jwks'],
    ['one that ends alike', 'https://evilkeys.example.com/jwks'],
    ['the same on another port', 'https://keys.example.com:8443/jwks'],
  ])('are refused where they are not named: %s', async (_, uri) => {
    const remote = new FakeFetch({ [oidc]: { issuer, jwks_uri: uri } })
    await expect(discover(remote, issuer, ['keys.example.com'])).rejects.toThrow(/jwksHosts/)
    expect(remote.urls).toEqual([oidc])
  })
})
