import { TokenVerifier } from '../../../../src/token-verifier.ts'
import { isKeyOf } from '../../../../src/keys/remote/sets/key-issuer.ts'
import {
  RemoteJwksKeyProvider,
  type RemoteJwksKeyProviderOptions,
} from '../../../../src/keys/remote/remote-jwks-key-provider.ts'
import { ManualClock } from '../../../support/clock.ts'
import { FakeFetch, refuseConnection } from '../../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../../../support/foreign-issuer.ts'
import { metadataUrl } from '../remote-setting.ts'

const pattern = 'https://login.example.com/{tenantid}/v2.0'
const tenant = 'https://login.example.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'
const other = 'https://other.example.com'
const foreign = new ForeignIssuer('orders.1')
const hint = { alg: 'ES256', kid: 'orders.1' }

describe('a key that names an issuer', () => {
  it.each([
    ['no issuer', undefined, issuer],
    ['an unknown issuer', issuer, undefined],
    ['the same issuer', issuer, issuer],
    ['a tenant that matches the placeholder', pattern, tenant],
    ['a tenant that matches another placeholder', 'https://a.example/{any}', 'https://a.example/x'],
    ['several placeholders', 'https://a.example/{x}/{y}', 'https://a.example/1/2'],
    ['the placeholder itself', pattern, pattern],
  ])('may verify tokens of %s', (_, named, one) => {
    expect(isKeyOf(named, one)).toBe(true)
  })

  it.each([
    ['another issuer', other, issuer],
    ['an issuer without the trailing slash', `${issuer}/`, issuer],
    ['an issuer in another case', 'https://Issuer.example.com', issuer],
    ['an empty tenant', pattern, 'https://login.example.com//v2.0'],
    ['a tenant with a slash', pattern, 'https://login.example.com/a/b/v2.0'],
    ['a tenant at the end of a shorter path', pattern, 'https://login.example.com/a'],
    ['another version', pattern, 'https://login.example.com/a/v1.0'],
    ['another host', pattern, 'https://evil.example.com/a/v2.0'],
    ['a placeholder for the host', 'https://{host}/v2.0', 'https://evil.example.com/v2.0'],
    ['a placeholder for the scheme', '{scheme}//a.example', 'https://a.example'],
    ['a placeholder in part of a segment', 'https://a.example/t-{id}', 'https://a.example/t-1'],
    ['a placeholder without a name', 'https://a.example/{}', 'https://a.example/1'],
  ])('may not verify tokens of %s', (_, named, one) => {
    expect(isKeyOf(named, one)).toBe(false)
  })
})

/** A provider of one key with these additional members. */
function provider(members: object, options: Partial<RemoteJwksKeyProviderOptions> = {}): RemoteJwksKeyProvider {
  const keys = { keys: [{ ...foreign.jwk, ...members }] }
  const { fetch } = new FakeFetch({ [jwksUrl]: keys, [metadataUrl]: { issuer, jwks_uri: jwksUrl } })
  return new RemoteJwksKeyProvider({ fetch, ...(options.issuer === undefined && { jwksUrl }), ...options })
}

describe('a provider whose keys name an issuer', () => {
  it.each<[string, object, Partial<RemoteJwksKeyProviderOptions>, string | undefined, number]>([
    ['returns them for tokens of that issuer', { issuer }, {}, issuer, 1],
    ['does not return them for tokens of another issuer', { issuer }, {}, other, 0],
    ['returns them for any tenant that matches the placeholder', { issuer: pattern }, {}, tenant, 1],
    ['returns keys that name no issuer for any issuer', {}, {}, other, 1],
    ['uses its own issuer if the hint has none', { issuer }, { issuer }, undefined, 1],
    ['refuses keys of another issuer if the hint has none', { issuer: other }, { issuer, jwksUrl }, undefined, 0],
    ['prefers the issuer of the hint', { issuer: other }, { issuer, jwksUrl }, other, 1],
    ['treats null as no issuer', { issuer: null }, {}, other, 1],
    ['treats an empty string as no issuer', { issuer: '' }, {}, other, 1],
  ])('%s', async (_, members, options, hinted, count) => {
    const more = { keys: [{ ...foreign.jwk, ...members }, new ForeignIssuer('orders.2').jwk] }
    const { fetch } = new FakeFetch({ [jwksUrl]: more, [metadataUrl]: { issuer, jwks_uri: jwksUrl } })
    const keys = provider(members, { ...options, fetch })
    expect(await keys.verificationKeys({ ...hint, issuer: hinted })).toHaveLength(count)
    expect(await keys.verificationKeys({ ...hint, kid: 'orders.2', issuer: hinted })).toHaveLength(1)
  })

  it('skips a key whose issuer is not a string', async () => {
    const keys = provider({ issuer: [issuer] })
    await expect(keys.ready()).rejects.toThrow(/no key/)
  })

  it('keeps the issuer of a key in a snapshot and in the JWKS', async () => {
    const keys = provider({ issuer })
    await keys.ready()
    expect((await keys.jwks()).keys).toEqual([{ ...foreign.jwk, issuer }])
    const restored = provider({}, { snapshot: keys.snapshot(), fetch: refuseConnection })
    expect(await restored.verificationKeys({ ...hint, issuer: other })).toHaveLength(0)
  })

  it('no longer trusts a key that now names another issuer', async () => {
    const remote = new FakeFetch({ [jwksUrl]: { keys: [{ ...foreign.jwk, issuer }] } })
    const keys = provider({}, { fetch: remote.fetch })
    const [key] = await keys.verificationKeys({ ...hint, issuer })
    remote.answers.set(jwksUrl, { keys: [{ ...foreign.jwk, issuer: other }] })
    await keys.refresh({ force: true })
    expect(key && keys.trusts(key)).toBe(false)
  })
})

describe('a verifier with keys that name an issuer', () => {
  const clock = new ManualClock()
  const claims = { iss: issuer, aud: audience, exp: clock.seconds() + 60 }

  it.each<[string, object, object, boolean]>([
    ['accepts a token of that issuer', { issuer }, {}, true],
    ['refuses a token of another issuer', { issuer: other }, {}, false],
    ['does not take the issuer from the header of the token', { issuer: other }, { issuer: other }, false],
  ])('%s', async (_, members, header, isAccepted) => {
    const token = foreign.sign(claims, { ...hint, ...header })
    const verifying = new TokenVerifier({ issuer, audience, keys: provider(members), clock }).verify(token)
    if (isAccepted) await expect(verifying).resolves.toMatchObject({ claims })
    else await expect(verifying).rejects.toMatchObject({ code: 'key_unknown' })
  })
})
