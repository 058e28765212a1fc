import { RemoteJwksKeyProvider } from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import { RequestHeaders, type RequestHeaderSettings } from '../../../src/keys/remote/request-headers.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { ForeignIssuer } from '../../support/foreign-issuer.ts'

const issuer = 'https://issuer.example.com/realm'
const none = { issuer: undefined, jwksUrl: undefined, jwksHosts: undefined }

function sent(settings: Partial<RequestHeaderSettings>, url: string): unknown {
  const own = { userAgent: 'orders/1', headers: { authorization: 'Bearer secret' }, ...none, ...settings }
  return new RequestHeaders(own).of(url)
}

const withSecret = { 'user-agent': 'orders/1', authorization: 'Bearer secret' }
const without = { 'user-agent': 'orders/1' }

describe('the option `headers`', () => {
  it.each<[string, Partial<RequestHeaderSettings>, string]>([
    ['the metadata of the issuer', { issuer }, 'https://issuer.example.com/realm/.well-known/openid-configuration'],
    ['keys on the origin of the issuer', { issuer }, 'https://issuer.example.com/jwks'],
    ['a host that jwksHosts names', { issuer, jwksHosts: ['keys.example.com'] }, 'https://keys.example.com/jwks'],
    ['the URL that was configured', { jwksUrl: 'https://keys.example.com/jwks' }, 'https://keys.example.com/jwks'],
    [
      'the URL that was configured, in whatever case',
      { jwksUrl: 'https://Keys.example.com' },
      'https://Keys.example.com',
    ],
  ])('goes to %s', (_, settings, url) => {
    expect(sent(settings, url)).toEqual(withSecret)
  })

  it.each<[string, Partial<RequestHeaderSettings>, string]>([
    ['another host', { issuer }, 'https://keys.example.com/jwks'],
    ['another port', { issuer }, 'https://issuer.example.com:8443/jwks'],
    ['a host below the one of the issuer', { issuer }, 'https://keys.issuer.example.com/jwks'],
    ['plain http', { issuer: 'https://localhost' }, 'http://localhost/jwks'],
    ['another port than jwksHosts names', { issuer, jwksHosts: ['k.example'] }, 'https://k.example:8443/jwks'],
    ['a URL while the issuer is only a name', { issuer: 'accounts' }, 'https://keys.example.com/jwks'],
  ])('does not go to %s', (_, settings, url) => {
    expect(sent(settings, url)).toEqual(without)
  })
})

describe('a header of the application', () => {
  it.each(['user-agent', 'User-Agent', 'USER-AGENT'])('replaces our own of the same name: %s', (name) => {
    expect(sent({ headers: { [name]: 'mine' }, jwksUrl: 'https://k.example' }, 'https://k.example')).toEqual({
      'user-agent': 'mine',
    })
  })
})

describe('metadata that names keys on another host', () => {
  const elsewhere = 'https://keys.example.net/jwks'
  const location = `${issuer}/.well-known/openid-configuration`
  const headers = { authorization: 'Bearer secret' }

  function remoteWith(answer: object | number): FakeFetch {
    return new FakeFetch({ [location]: { issuer, jwks_uri: elsewhere }, [elsewhere]: answer })
  }

  it.each([
    [undefined, null],
    [['keys.example.net'], 'Bearer secret'],
  ])('with jwksHosts %p gets the authorization %p', async (jwksHosts, authorization) => {
    const remote = remoteWith(new ForeignIssuer().jwks)
    await new RemoteJwksKeyProvider({ issuer, headers, jwksHosts, fetch: remote.fetch }).ready()
    const sentTo = remote.requests.map(({ url, init }) => [url, new Headers(init.headers).get('authorization')])
    expect(sentTo).toEqual([
      [location, 'Bearer secret'],
      [elsewhere, authorization],
    ])
  })

  it('does not get them, and the error says so', async () => {
    const keys = new RemoteJwksKeyProvider({ issuer, headers, fetch: remoteWith(401).fetch })
    await expect(keys.ready()).rejects.toThrow(
      `${elsewhere}: status 401 (the option \`headers\` was not sent: jwksHosts does not name the host)`,
    )
  })
})
