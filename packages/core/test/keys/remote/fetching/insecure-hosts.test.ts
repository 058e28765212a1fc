import { TokenVerifier } from '../../../../src/token-verifier.ts'
import {
  RemoteJwksKeyProvider,
  type RemoteJwksKeyProviderOptions,
} from '../../../../src/keys/remote/remote-jwks-key-provider.ts'
import { FakeFetch } from '../../../support/fake-fetch.ts'
import { audience, ForeignIssuer } from '../../../support/foreign-issuer.ts'

const origin = 'http://keycloak:8080'
const issuer = `${origin}/realms/orders`
const jwksUri = `${issuer}/protocol/openid-connect/certs`
const location = `${issuer}/.well-known/openid-configuration`
const foreign = new ForeignIssuer()

function provider(options: Partial<RemoteJwksKeyProviderOptions> = {}, uri = jwksUri): RemoteJwksKeyProvider {
  const { fetch } = new FakeFetch({ [location]: { issuer, jwks_uri: uri }, [uri]: foreign.jwks })
  return new RemoteJwksKeyProvider({ fetch, insecureHosts: ['keycloak:8080'], ...options })
}

describe('a host in insecureHosts', () => {
  let warn: jest.SpyInstance

  beforeEach(() => {
    warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  })

  afterEach(() => {
    warn.mockRestore()
  })

  it.each<[string, Partial<RemoteJwksKeyProviderOptions>]>([
    ['the issuer', { issuer }],
    ['the JWKS URL', { jwksUrl: jwksUri }],
    ['the issuer, in another case', { issuer, insecureHosts: ['Keycloak:8080'] }],
  ])('may be fetched from over plain http: %s', async (_, options) => {
    await expect(provider(options).ready()).resolves.toBeUndefined()
  })

  it('may be used by a verifier', async () => {
    const { fetch } = new FakeFetch({ [location]: { issuer, jwks_uri: jwksUri }, [jwksUri]: foreign.jwks })
    const verifier = new TokenVerifier({ issuer, audience, fetch, insecureHosts: ['keycloak:8080'] })
    const token = foreign.sign({ iss: issuer, aud: audience, exp: 10_000_000_000 })
    await expect(verifier.verify(token)).resolves.toMatchObject({ token })
  })

  it.each<[string, string, string[]]>([
    ['on the same host', jwksUri, ['keycloak:8080']],
    ['on another named host', 'http://keys:9090/jwks', ['keycloak:8080', 'keys:9090']],
    ['on a private address that is named', 'http://10.0.0.5:9090/jwks', ['keycloak:8080', '10.0.0.5:9090']],
    ['on the default port', 'http://keys/jwks', ['keycloak:8080', 'keys']],
    ['on https', 'https://keys.example.com/jwks', ['keycloak:8080']],
  ])('may name keys %s', async (_, uri, insecureHosts) => {
    await expect(provider({ issuer, insecureHosts }, uri).ready()).resolves.toBeUndefined()
  })

  it.each<[string, string, object]>([
    ['on another port', 'http://keycloak:9090/jwks', {}],
    ['on another host', 'http://keys:8080/jwks', {}],
    ['on a subdomain', 'http://a.keycloak:8080/jwks', {}],
    ['on loopback', 'http://127.0.0.1:8080/jwks', {}],
    ['on a private address', 'https://10.0.0.5/jwks', {}],
    ['on a host that jwksHosts does not name', jwksUri, { jwksHosts: ['keys.example.com'] }],
    ['on a host that only jwksHosts names', 'http://keys:9090/jwks', { jwksHosts: ['keys:9090'] }],
    ['with user information', 'http://user:secret@keycloak:8080/jwks', {}],
  ])('may not name keys %s', async (_, uri, options) => {
    await expect(provider({ issuer, ...options }, uri).ready()).rejects.toMatchObject({
      code: 'key_source_unavailable',
    })
  })

  it.each<[string, object, string]>([
    ['another host', { jwksUrl: 'http://keys:8080/jwks' }, 'jwksUrl'],
    ['another port', { jwksUrl: 'http://keycloak/jwks' }, 'jwksUrl'],
    ['a file', { jwksUrl: 'file://keycloak:8080/jwks' }, 'jwksUrl'],
    ['another issuer', { issuer: 'http://issuer.example.com' }, 'issuer'],
    ['a URL as a host', { issuer, insecureHosts: ['http://keycloak:8080'] }, 'insecureHosts'],
    ['a pattern as a host', { issuer, insecureHosts: ['*'] }, 'insecureHosts'],
    ['an empty list of hosts', { issuer, insecureHosts: [] }, 'insecureHosts'],
  ])('relaxes nothing else: the constructor refuses %s', (_, options, option) => {
    expect(() => provider(options)).toThrow(expect.objectContaining({ name: 'ConfigurationError', option }))
  })

  it('is named in health()', () => {
    expect(provider({ issuer, insecureHosts: ['Keycloak:8080'] }).health().insecureHosts).toEqual(['keycloak:8080'])
    expect(new RemoteJwksKeyProvider({ jwksUrl: 'https://keys.example.com' }).health().insecureHosts).toBeUndefined()
  })

  it('causes one warning per process', () => {
    const insecureHosts = ['once.example:8080', 'twice.example:8080']
    for (let made = 0; made < 3; made += 1) provider({ issuer: 'http://once.example:8080', insecureHosts })
    expect(warn.mock.calls).toEqual(
      insecureHosts.map((host) => [expect.stringContaining(`insecureHosts names ${host}: `), 'BearerKitWarning']),
    )
  })
})
