import { TokenVerifier } from '../../../../src/token-verifier.ts'
import {
  RemoteJwksKeyProvider,
  type RemoteJwksKeyProviderOptions,
} from '../../../../src/keys/remote/remote-jwks-key-provider.ts'
import { FakeFetch } from '../../../support/fake-fetch.ts'
import { audience, ForeignIssuer } from '../../../support/foreign-issuer.ts'

/** As in Azure AD B2C: each policy has its own metadata, at a URL that cannot be derived from the issuer. */
const issuer = 'https://orders.b2clogin.com/9188040d/v2.0/'
const metadataUrl =
  'https://orders.b2clogin.com/orders.onmicrosoft.com/b2c_1_signin/v2.0/.well-known/openid-configuration'
const jwksUri = 'https://orders.b2clogin.com/orders.onmicrosoft.com/b2c_1_signin/discovery/v2.0/keys'
const foreign = new ForeignIssuer()
const token = foreign.sign({ iss: issuer, aud: audience, exp: 10_000_000_000 })

function remoteWith(metadata: object | number = { issuer, jwks_uri: jwksUri }): FakeFetch {
  return new FakeFetch({ [metadataUrl]: metadata, [jwksUri]: foreign.jwks })
}

function provider(options: Partial<RemoteJwksKeyProviderOptions>, remote = remoteWith()): RemoteJwksKeyProvider {
  return new RemoteJwksKeyProvider({ issuer, metadataUrl, fetch: remote.fetch, ...options })
}

describe('the option `metadataUrl`', () => {
  it('names the only location of the metadata', async () => {
    const remote = remoteWith()
    const verifier = new TokenVerifier({ issuer, audience, metadataUrl, fetch: remote.fetch })
    await expect(verifier.verify(token)).resolves.toMatchObject({ token })
    expect(remote.urls).toEqual([metadataUrl, jwksUri])
  })

  it('may have a query', async () => {
    const one = 'https://login.example.com/.well-known/openid-configuration?p=b2c_1_signin'
    const remote = new FakeFetch({ [one]: { issuer, jwks_uri: jwksUri }, [jwksUri]: foreign.jwks })
    await expect(provider({ metadataUrl: one }, remote).ready()).resolves.toBeUndefined()
  })

  it('works with an issuer that is only a name', async () => {
    const remote = remoteWith({ issuer: 'orders', jwks_uri: jwksUri })
    await expect(provider({ issuer: 'orders' }, remote).ready()).resolves.toBeUndefined()
  })

  it.each<[string, object | number, string]>([
    ['of another issuer', { issuer: `${issuer}x`, jwks_uri: jwksUri }, 'the document is of another issuer'],
    [
      'with keys in a private network',
      { issuer, jwks_uri: 'https://10.0.0.5/jwks' },
      '`jwks_uri` is on a loopback, private',
    ],
    ['that is missing', 404, `no metadata was found (${metadataUrl}: status 404)`],
    ['that is a page', () => new Response('<html>'), `no metadata was found (${metadataUrl}: no metadata)`],
    ['that is down', 503, `${metadataUrl}: status 503`],
  ])('refuses metadata %s, and tries no other location', async (_, metadata, message) => {
    const remote = remoteWith(metadata)
    await expect(provider({}, remote).ready()).rejects.toThrow(message)
    expect(new Set(remote.urls)).toEqual(new Set([metadataUrl]))
  })

  it('receives the option `headers`, and so does its origin', async () => {
    const remote = remoteWith()
    await provider({ issuer: 'https://elsewhere.example', headers: { authorization: 'a' } }, remote)
      .ready()
      .catch(() => undefined)
    remote.answers.set(metadataUrl, { issuer: 'https://elsewhere.example', jwks_uri: jwksUri })
    await provider({ issuer: 'https://elsewhere.example', headers: { authorization: 'a' } }, remote).ready()
    const sent = remote.requests.map(({ init }) => new Headers(init.headers).get('authorization'))
    expect(sent).toEqual(sent.map(() => 'a'))
  })

  it('may be on loopback, where its metadata may also name keys', async () => {
    const local = 'http://127.0.0.1:8080/metadata'
    const keys = 'http://127.0.0.1:9090/jwks'
    const remote = new FakeFetch({ [local]: { issuer, jwks_uri: keys }, [keys]: foreign.jwks })
    await expect(provider({ metadataUrl: local }, remote).ready()).resolves.toBeUndefined()
  })

  it('identifies the source of a snapshot', async () => {
    const keys = provider({})
    await keys.ready()
    const snapshot = keys.snapshot()
    expect(() => provider({ snapshot })).not.toThrow()
    expect(() => provider({ snapshot, metadataUrl: metadataUrl.replace('signin', 'signup') })).toThrow(/another source/)
  })

  it.each<[string, Partial<RemoteJwksKeyProviderOptions>, string]>([
    ['without an issuer', { issuer: undefined }, 'metadataUrl'],
    ['together with jwksUrl', { jwksUrl: jwksUri }, 'metadataUrl'],
    ['over plain http', { metadataUrl: 'http://login.example.com' }, 'metadataUrl'],
    ['as a path', { metadataUrl: '/metadata' }, 'metadataUrl'],
  ])('is refused %s', (_, options, option) => {
    expect(() => provider(options)).toThrow(expect.objectContaining({ name: 'ConfigurationError', option }))
  })

  it.each<[string, object]>([
    ['together with keys', { issuer, keys: provider({}) }],
    ['together with jwksUrl', { issuer, jwksUrl: jwksUri }],
    ['together with several issuers', { issuers: [{ issuer }] }],
  ])('is refused by a verifier %s', (_, options) => {
    expect(() => new TokenVerifier({ audience, metadataUrl, ...options })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'metadataUrl' }),
    )
  })

  it('takes precedence over BEARERKIT_JWKS_URL', () => {
    process.env['BEARERKIT_JWKS_URL'] = 'https://evil.example.com/jwks'
    process.env['BEARERKIT_ISSUER'] = issuer
    try {
      expect(() => new TokenVerifier({ audience, metadataUrl })).not.toThrow()
    } finally {
      delete process.env['BEARERKIT_JWKS_URL']
      delete process.env['BEARERKIT_ISSUER']
    }
  })
})
