import { createSecretKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { asymmetricSignatureAlgorithms } from '../../src/algorithms.ts'
import { ConfigurationError, KeySourceUnavailableError, TokenError } from '../../src/errors.ts'
import { readIssuerOptions } from '../../src/jwt/issuers/issuer-options.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import type { VerifierOptions } from '../../src/jwt/verifier-options.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { RemoteJwksKeyProvider } from '../../src/keys/remote/remote-jwks-key-provider.ts'
import { ManualClock } from '../support/clock.ts'
import { asymmetricAlgorithms } from '../support/contract.ts'
import { FakeFetch, refuseConnection } from '../support/fake-fetch.ts'
import {
  audience,
  ForeignIssuer,
  type ForeignPair,
  issuer,
  jwksUrl,
  pairFor,
  rsaPair,
  segment,
} from '../support/foreign-issuer.ts'

const clock = new ManualClock()
const foreign = new ForeignIssuer()
const stranger = new ForeignIssuer(foreign.kid)
const claims = { iss: issuer, aud: audience, sub: 'user-1', exp: clock.seconds() + 60 }
const header = { alg: 'ES256', kid: foreign.kid }
const remoteKeys = new FakeFetch({ [jwksUrl]: foreign.jwks })

function verifier(options: VerifierOptions = {}, keys: unknown[] = [foreign.jwk]): TokenVerifier {
  const { fetch } = new FakeFetch({ [jwksUrl]: { keys } })
  return new TokenVerifier({ issuer, audience, jwksUrl, clock, fetch, ...options })
}

async function faultOf(token: string, one: TokenVerifier = verifier()): Promise<string | undefined> {
  try {
    await one.verify(token)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError)
    return (error as TokenError).code
  }
}

describe('a token whose kid names a key for another algorithm', () => {
  const local = async (): Promise<VerifierOptions> => {
    const keys = new LocalKeyProvider()
    await keys.importKey({ alg: 'ES256', kid: 'foreign', publishedKid: foreign.kid }, foreign.pair.privatePem)
    return { keys, jwksUrl: undefined }
  }

  it.each<[string, () => VerifierOptions | Promise<VerifierOptions>]>([
    ['remote', () => ({})],
    ['local', local],
    [
      'given remote',
      () => ({ keys: new RemoteJwksKeyProvider({ jwksUrl, fetch: remoteKeys.fetch }), jwksUrl: undefined }),
    ],
  ])('is refused, and the cause names the algorithm of the key: %s keys', async (_, options) => {
    const refused = verifier(await options()).verify(foreign.sign(claims, { ...header, alg: 'ES384' }))
    await expect(refused).rejects.toMatchObject({
      code: 'key_unknown',
      message: 'no key of the issuer matches the `kid` and `alg` of the token',
      cause: { message: 'the key with this `kid` is for ES256' },
    })
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('not my day')
      },
    ],
    ['answers a promise', () => Promise.resolve('because')],
  ])('is refused all the same where a provider that should explain it %s', async (_, explainAbsence) => {
    const keys = { verificationKeys: () => [], trusts: () => true, explainAbsence: explainAbsence as () => string }
    const refused = verifier({ keys, jwksUrl: undefined }).verify(foreign.sign(claims))
    await expect(refused).rejects.toMatchObject({ code: 'key_unknown' })
  })

  it('is refused without a cause if the kid is unknown', async () => {
    const refused = verifier().verify(foreign.sign(claims, { ...header, kid: 'x' }))
    const { cause } = (await refused.catch((error: unknown) => error)) as TokenError
    expect(cause).toBeUndefined()
  })
})

describe('a valid token', () => {
  it('resolves with its header and claims', async () => {
    const token = foreign.sign(claims)
    const parts = { header: { alg: 'ES256', kid: foreign.kid, typ: 'at+jwt' }, claims, scopes: [], issued: claims }
    expect(await verifier().verify(token)).toEqual({ token, ...parts })
  })

  it('gives the same result each time', async () => {
    const one = verifier()
    const token = foreign.sign(claims)
    expect(await one.verify(token)).toEqual(await one.verify(token))
  })

  it('needs no kid if exactly one key matches', async () => {
    const { publicJwk } = rsaPair()
    const one = verifier({}, [foreign.jwk, { ...publicJwk, kid: 'rsa' }])
    expect(await faultOf(foreign.sign(claims, { alg: 'ES256' }), one)).toBeUndefined()
  })
})

describe('an invalid token', () => {
  const [head, payload, signature] = foreign.sign(claims).split('.') as [string, string, string]

  it.each<[string, string, string]>([
    ['another key signed it', stranger.sign(claims), 'signature_invalid'],
    ['its kid is unknown', foreign.sign(claims, { alg: 'ES256', kid: 'other' }), 'key_unknown'],
    ['its kid is empty', foreign.sign(claims, { alg: 'ES256', kid: '' }), 'key_unknown'],
    [
      'its kid is the known kid with a version',
      foreign.sign(claims, { alg: 'ES256', kid: 'foreign-1.1' }),
      'key_unknown',
    ],
    ['its kid differs in case', foreign.sign(claims, { alg: 'ES256', kid: 'FOREIGN-1' }), 'key_unknown'],
    ['its issuer is unknown', foreign.sign({ ...claims, iss: 'https://evil.example.com' }), 'issuer_mismatch'],
    ['its issuer has an extra slash', foreign.sign({ ...claims, iss: `${issuer}/` }), 'issuer_mismatch'],
    ['its issuer differs in case', foreign.sign({ ...claims, iss: issuer.toUpperCase() }), 'issuer_mismatch'],
    ['its issuer is a list', foreign.sign({ ...claims, iss: [issuer] }), 'issuer_mismatch'],
    ['it has no issuer', foreign.sign({ ...claims, iss: undefined }), 'issuer_mismatch'],
    ['its audience is another resource', foreign.sign({ ...claims, aud: 'them' }), 'audience_mismatch'],
    ['it has expired', foreign.sign({ ...claims, exp: clock.seconds() - 6 }), 'token_expired'],
    ['it has no `exp`', foreign.sign({ ...claims, exp: undefined }), 'claim_missing'],
    ['it expires at 1e400', foreign.sign(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e400')), 'claim_invalid'],
    ['it is not valid yet', foreign.sign({ ...claims, nbf: clock.seconds() + 6 }), 'token_not_yet_valid'],
    ['it was issued in the future', foreign.sign({ ...claims, iat: clock.seconds() + 6 }), 'token_issued_in_future'],
    ['its type is not an access token', foreign.sign(claims, { ...header, typ: 'logout+jwt' }), 'type_not_accepted'],
    ['its header has `crit`', foreign.sign(claims, { ...header, crit: ['x'], x: 1 }), 'critical_header_unsupported'],
    ['its header has `b64`', foreign.sign(claims, { ...header, b64: false }), 'critical_header_unsupported'],
    ['its algorithm is none', `${segment({ alg: 'none' })}.${payload}.`, 'token_malformed'],
    ['its algorithm is none, signed', `${segment({ alg: 'none' })}.${payload}.${signature}`, 'algorithm_not_accepted'],
    ['its algorithm is in lower case', foreign.sign(claims, { ...header, alg: 'es256' }), 'algorithm_not_accepted'],
    ['its algorithm does not match the key', foreign.sign(claims, { ...header, alg: 'RS256' }), 'key_unknown'],
    ['its algorithm uses another curve', foreign.sign(claims, { ...header, alg: 'ES384' }), 'key_unknown'],
    ['its signature is truncated', `${head}.${payload}.${signature.slice(0, 84)}`, 'signature_invalid'],
    ['its signature has one byte', `${head}.${payload}.AA`, 'signature_invalid'],
    ['its signature is all zeros', `${head}.${payload}.${Buffer.alloc(64).toString('base64url')}`, 'signature_invalid'],
    ['its signature is too long', `${head}.${payload}.${signature.slice(0, 84)}AAAA`, 'signature_invalid'],
    ['its claims were changed', `${head}.${segment({ ...claims, sub: 'admin' })}.${signature}`, 'signature_invalid'],
    ['its header was changed', `${segment({ ...header, x: 1 })}.${payload}.${signature}`, 'signature_invalid'],
    ['its claims are an array', foreign.sign([claims]), 'token_malformed'],
    ['it is encrypted', `${head}.${payload}.${signature}.${signature}.${signature}`, 'token_malformed'],
    ['it is too long', foreign.sign({ ...claims, text: 'a'.repeat(16_384) }), 'token_too_long'],
  ])('is refused because %s', async (_, token, fault) => {
    expect(await faultOf(token)).toBe(fault)
  })

  it.each([
    ['`jwk`', { jwk: stranger.jwk }],
    ['`jku`', { jku: 'https://evil.example.com/jwks' }],
    ['`x5u`', { x5u: 'https://evil.example.com/x5u' }],
    ['`x5c`', { x5c: ['MIIB'] }],
  ])('cannot supply its own key or its URL: %s', async (_, member) => {
    const remote = new FakeFetch({ [jwksUrl]: foreign.jwks, 'https://evil.example.com/jwks': stranger.jwks })
    const token = stranger.sign(claims, { ...header, ...member })
    expect(await faultOf(token, verifier({ fetch: remote.fetch }))).toBe('signature_invalid')
    // The second fetch looks for a key that replaced the known one.
    expect(remote.urls).toEqual([jwksUrl, jwksUrl])
  })

  it.each([
    ['its header', foreign.sign(claims, { ...header, alg: 'none' })],
    ['its type', foreign.sign(claims, { ...header, typ: 'dpop+jwt' })],
    ['its issuer', foreign.sign({ ...claims, iss: 'https://evil.example.com' })],
    ['its shape', 'a.b.c'],
  ])('causes no key fetch if %s is invalid', async (_, token) => {
    const remote = new FakeFetch({ [jwksUrl]: foreign.jwks })
    await faultOf(token, verifier({ fetch: remote.fetch }))
    expect(remote.requests).toEqual([])
  })

  it.each([undefined, null, 5, {}, ['a.b.c'], Buffer.from('a.b.c')])(
    'is refused if it is not a string: %p',
    async (token) => {
      expect(await faultOf(token as string)).toBe('token_malformed')
    },
  )

  it('is refused for its signature first, so a forger learns nothing about its claims', async () => {
    expect(await faultOf(stranger.sign({ ...claims, exp: 1, aud: 'them' }))).toBe('signature_invalid')
  })

  it('is ambiguous if it has no kid and several keys match', async () => {
    const one = verifier({}, [foreign.jwk, new ForeignIssuer('foreign-2').jwk])
    expect(await faultOf(foreign.sign(claims, { alg: 'ES256' }), one)).toBe('key_ambiguous')
  })
})

describe('a key that was replaced under the same kid', () => {
  it('verifies its first token, although the old key is cached and fresh', async () => {
    const remote = new FakeFetch({ [jwksUrl]: foreign.jwks })
    const one = verifier({ fetch: remote.fetch })
    expect(await faultOf(foreign.sign(claims), one)).toBeUndefined()
    remote.answers.set(jwksUrl, stranger.jwks)
    expect(await faultOf(stranger.sign(claims), one)).toBeUndefined()
    expect(await faultOf(foreign.sign(claims), one)).toBe('signature_invalid')
  })

  it('verifies tokens without a kid as well', async () => {
    const remote = new FakeFetch({ [jwksUrl]: foreign.jwks })
    const one = verifier({ fetch: remote.fetch })
    expect(await faultOf(foreign.sign(claims, { alg: 'ES256' }), one)).toBeUndefined()
    const next = new ForeignIssuer('foreign-2')
    remote.answers.set(jwksUrl, next.jwks)
    expect(await faultOf(next.sign(claims, { alg: 'ES256' }), one)).toBeUndefined()
  })

  it('is looked for within the budget of unknown kids: 200 bad signatures cause at most two more fetches', async () => {
    const remote = new FakeFetch({ [jwksUrl]: foreign.jwks })
    const one = verifier({ fetch: remote.fetch })
    for (let times = 0; times < 200; times += 1)
      expect(await faultOf(stranger.sign({ ...claims, jti: `${times}` }), one)).toBe('signature_invalid')
    expect(remote.urls.length).toBeLessThanOrEqual(3)
  })
})

describe('one key that is published twice', () => {
  it.each<[string, object]>([
    ['under two kids', { ...foreign.jwk, kid: 'other' }],
    ['with and without `alg`', { ...foreign.jwk, alg: undefined }],
    ['with and without a kid', { ...foreign.jwk, kid: undefined }],
  ])('does not make a token without a kid ambiguous: %s', async (_, twin) => {
    expect(await faultOf(foreign.sign(claims, { alg: 'ES256' }), verifier({}, [foreign.jwk, twin]))).toBeUndefined()
  })
})

describe('of duplicate members only the last is used', () => {
  const json = JSON.stringify(claims)

  it.each<[string, string, string | undefined]>([
    ['the last issuer is trusted', json.replace('{', '{"iss":"https://evil.example.com",'), undefined],
    ['the last issuer is not trusted', json.replace('}', ',"iss":"https://evil.example.com"}'), 'issuer_mismatch'],
    ['the last expiry is in the future', json.replace('{', '{"exp":1,'), undefined],
    ['the last expiry is in the past', json.replace('}', ',"exp":1}'), 'token_expired'],
    ['the last audience is another resource', json.replace('}', ',"aud":"them"}'), 'audience_mismatch'],
  ])('in claims: %s', async (_, payload, fault) => {
    expect(await faultOf(foreign.sign(payload))).toBe(fault)
  })

  it.each<[string, string, string | undefined]>([
    ['the last algorithm is accepted', '{"alg":"none","alg":"ES256","kid":"foreign-1"}', undefined],
    ['the last algorithm is not accepted', '{"alg":"ES256","kid":"foreign-1","alg":"none"}', 'algorithm_not_accepted'],
    ['the last kid is known', '{"alg":"ES256","kid":"x","kid":"foreign-1"}', undefined],
    ['the last kid is unknown', '{"alg":"ES256","kid":"foreign-1","kid":"x"}', 'key_unknown'],
  ])('in the header: %s', async (_, head, fault) => {
    expect(await faultOf(foreign.sign(claims, head))).toBe(fault)
  })
})

describe('a token that is bound to a key', () => {
  it.each<[string, unknown]>([
    ['a DPoP thumbprint', { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }],
    ['a certificate thumbprint', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
    ['both', { jkt: 'a', 'x5t#S256': 'b' }],
    ['an unknown method', { kid: 'a' }],
    ['no method', {}],
    ['null', null],
    ['a string', 'x'],
    ['an empty string', ''],
    ['a list', []],
    ['zero', 0],
    ['false', false],
  ])('is refused without a checked proof if `cnf` is %s', async (_, cnf) => {
    expect(await faultOf(foreign.sign({ ...claims, cnf }))).toBe('proof_required')
  })
})

describe('a verifier', () => {
  it.each<[string, VerifierOptions, object, string | undefined]>([
    ['several audiences', { audience: ['x', 'y'] }, { aud: 'y' }, undefined],
    ['several other audiences', { audience: ['x', 'y'] }, {}, 'audience_mismatch'],
    ['no audience check', { audience: null }, { aud: 'them' }, undefined],
    ['no audience check, for a token without an audience', { audience: null }, { aud: undefined }, undefined],
    ['a large tolerance', { clockTolerance: '2m' }, { exp: clock.seconds() - 119 }, undefined],
    ['a tolerance given in seconds', { clockTolerance: 30 }, { exp: clock.seconds() - 31 }, 'token_expired'],
    ['no tolerance', { clockTolerance: 0 }, { exp: clock.seconds() }, 'token_expired'],
    ['a maximum age', { maxTokenAge: '5m' }, { iat: clock.seconds() - 299 }, undefined],
    ['an exceeded maximum age', { maxTokenAge: '5m' }, { iat: clock.seconds() - 306 }, 'token_too_old'],
    ['a maximum age, for a token without `iat`', { maxTokenAge: '5m' }, {}, 'claim_missing'],
    ['a required claim', { requiredClaims: ['tenant'] }, { tenant: 'a' }, undefined],
    ['a missing required claim', { requiredClaims: ['tenant'] }, {}, 'claim_missing'],
    ['a short maximum length', { maxTokenLength: 100 }, {}, 'token_too_long'],
    ['only other algorithms', { algorithms: ['RS256', 'EdDSA'] }, {}, 'algorithm_not_accepted'],
    ['the profile rfc9068, for an incomplete token', { profile: 'rfc9068' }, {}, 'claim_missing'],
    [
      'the profile rfc9068, for a complete token',
      { profile: 'rfc9068' },
      { client_id: 'c', jti: 'j', iat: clock.seconds() },
      undefined,
    ],
  ])('applies the option: %s', async (_, options, more, fault) => {
    expect(await faultOf(foreign.sign({ ...claims, ...more }), verifier(options))).toBe(fault)
  })

  it('accepts a token of exactly the maximum length', async () => {
    const token = foreign.sign(claims)
    expect(await faultOf(token, verifier({ maxTokenLength: token.length }))).toBeUndefined()
    expect(await faultOf(token, verifier({ maxTokenLength: token.length - 1 }))).toBe('token_too_long')
  })

  it('uses the given clock', async () => {
    const time = new ManualClock(clock.now())
    const one = verifier({ clock: time, cacheTtl: '1h' })
    const token = foreign.sign(claims)
    expect(await faultOf(token, one)).toBeUndefined()
    time.advance(64_999)
    expect(await faultOf(token, one)).toBeUndefined()
    time.advance(1)
    expect(await faultOf(token, one)).toBe('token_expired')
  })

  it('freezes its settings', () => {
    expect(Object.isFrozen(verifier().settings)).toBe(true)
    expect(Object.isFrozen(readIssuerOptions({ issuer, audience }, 'Thing').algorithms)).toBe(true)
  })

  it('has the documented defaults', () => {
    expect(verifier().settings).toMatchObject({ maxTokenLength: 16_384, mode: 'required', realm: 'api' })
    expect(readIssuerOptions({ issuer, audience }, 'Thing')).toMatchObject({
      algorithms: asymmetricSignatureAlgorithms,
      profile: 'jwt',
      clockTolerance: 5000,
      maxTokenAge: undefined,
      requiredClaims: [],
      staleIfError: 3_600_000,
      requestTimeout: 5000,
    })
  })

  const keys = new LocalKeyProvider()

  it.each<[string, object, string]>([
    ['no issuer', { issuer: undefined }, 'issuer'],
    ['an empty issuer', { issuer: '' }, 'issuer'],
    ['a null issuer', { issuer: null }, 'issuer'],
    ['a list as issuer', { issuer: [issuer] }, 'issuer'],
    ['no audience', { audience: undefined }, 'audience'],
    ['an empty audience', { audience: '' }, 'audience'],
    ['an empty list of audiences', { audience: [] }, 'audience'],
    ['false as audience', { audience: false }, 'audience'],
    ['the algorithm none', { algorithms: ['none'] }, 'algorithms'],
    ['an unknown algorithm', { algorithms: ['ES257'] }, 'algorithms'],
    ['an algorithm in lower case', { algorithms: ['es256'] }, 'algorithms'],
    ['an empty list of algorithms', { algorithms: [] }, 'algorithms'],
    ['HMAC with remote keys', { algorithms: ['HS256'] }, 'algorithms'],
    ['HMAC among others with remote keys', { algorithms: ['RS256', 'HS512'] }, 'algorithms'],
    ['an unknown profile', { profile: 'strict' }, 'profile'],
    ['a negative tolerance', { clockTolerance: -1 }, 'clockTolerance'],
    ['a tolerance without a unit', { clockTolerance: '5' }, 'clockTolerance'],
    ['a maximum age of zero', { maxTokenAge: 0 }, 'maxTokenAge'],
    ['an empty required claim', { requiredClaims: [''] }, 'requiredClaims'],
    ['a maximum length of zero', { maxTokenLength: 0 }, 'maxTokenLength'],
    ['an infinite maximum length', { maxTokenLength: Number.POSITIVE_INFINITY }, 'maxTokenLength'],
    ['several challenge scopes in one string', { challengeScopes: ['mcp:tools mcp:read'] }, 'challengeScopes'],
    ['an invalid challenge scope', { challengeScopes: ['a"b'] }, 'challengeScopes'],
    ['an empty list of challenge scopes', { challengeScopes: [] }, 'challengeScopes'],
    ['an invalid key provider', { jwksUrl: undefined, keys: {} }, 'keys'],
    ['keys and a JWKS URL', { keys }, 'jwksUrl'],
    ['a JWKS URL with plain http', { jwksUrl: 'http://issuer.example.com/jwks' }, 'jwksUrl'],
    ['an issuer with plain http and discovery', { jwksUrl: undefined, issuer: 'http://issuer.example.com' }, 'issuer'],
    ['a cache lifetime of zero', { cacheTtl: 0 }, 'cacheTtl'],
    ['a request timeout of zero', { requestTimeout: '0ms' }, 'requestTimeout'],
    ['a fetch that is not a function', { fetch: 'fetch' }, 'fetch'],
    ['an invalid clock', { clock: Date.now }, 'clock'],
    ['an option name in the wrong case', { Audience: 'a' }, 'Audience'],
  ])('refuses at construction: %s', (_, options, option) => {
    expect(() => verifier(options)).toThrow(ConfigurationError)
    expect(() => verifier(options)).toThrow(expect.objectContaining({ option }))
  })

  it('accepts an issuer that is not a URL if the keys are given', () => {
    expect(() => new TokenVerifier({ issuer: 'me', audience, keys })).not.toThrow()
  })
})

describe('algorithm confusion', () => {
  it('is prevented: an HMAC over the public key is refused', async () => {
    const { publicJwk } = rsaPair()
    const one = verifier({}, [{ ...publicJwk, kid: 'rsa' }])
    const secret = createSecretKey(Buffer.from(JSON.stringify(publicJwk)))
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'rsa' }).sign(secret)
    expect(await faultOf(token, one)).toBe('algorithm_not_accepted')
  })

  it('is prevented: a local HMAC key is refused unless its algorithm is named', async () => {
    const keys = new LocalKeyProvider({ clock })
    await keys.createKey({ alg: 'HS256' })
    const token = await new TokenIssuer({ keys, issuer, audience, clock }).issue({ sub: 'user-1' })
    expect(await faultOf(token, new TokenVerifier({ issuer, audience, keys, clock }))).toBe('algorithm_not_accepted')
    const named = new TokenVerifier({ issuer, audience, keys, clock, algorithms: ['HS256'] })
    expect(await faultOf(token, named)).toBeUndefined()
  })

  it('is prevented: a key for one algorithm is not used for another of its type', async () => {
    const keys = new LocalKeyProvider({ clock })
    const { publishedKid } = await keys.createKey({ alg: 'RS256' })
    const one = new TokenVerifier({ issuer, audience, keys, clock })
    const confused = segment({ alg: 'PS256', kid: publishedKid })
    expect(await faultOf(`${confused}.${segment(claims)}.${segment('signature')}`, one)).toBe('key_unknown')
  })
})

describe('a remote key', () => {
  // One pair is shared by all algorithms of its type, because RSA keys take long to generate.
  const pairs = new Map<string, ForeignPair>()
  const pairOf = (alg: string, whose = 'issuer'): ForeignPair => {
    const name = `${whose} ${/^[RP]S/.test(alg) ? 'RSA' : alg}`
    const pair = pairs.get(name) ?? pairFor(alg)
    pairs.set(name, pair)
    return pair
  }

  it.each(asymmetricAlgorithms)('verifies a token that jose signed with %s', async (alg) => {
    const { publicJwk, privateJwk } = pairOf(alg)
    const token = await new SignJWT(claims).setProtectedHeader({ alg, kid: 'k' }).sign({ ...privateJwk, alg })
    expect(await faultOf(token, verifier({}, [{ ...publicJwk, kid: 'k', alg }]))).toBeUndefined()
    expect(await faultOf(token, verifier({}, [{ ...publicJwk, kid: 'k' }]))).toBeUndefined()
    expect(await faultOf(token, verifier({}, [{ ...pairOf(alg, 'stranger').publicJwk, kid: 'k', alg }]))).toBe(
      'signature_invalid',
    )
  })

  it.each([
    ['Ed25519', 'EdDSA'],
    ['EdDSA', 'Ed25519'],
  ])('for %s verifies a token with %s', async (keyAlg, alg) => {
    const { publicJwk, privateJwk } = pairOf(alg)
    const token = await new SignJWT(claims).setProtectedHeader({ alg, kid: 'k' }).sign({ ...privateJwk, alg })
    expect(await faultOf(token, verifier({}, [{ ...publicJwk, kid: 'k', alg: keyAlg }]))).toBeUndefined()
  })

  it('without `alg` verifies all accepted algorithms of its type', async () => {
    const { publicJwk, privateJwk } = pairOf('RS256')
    const one = verifier({ algorithms: ['RS256', 'PS384'] }, [{ ...publicJwk, kid: 'k' }])
    const sign = (alg: string): Promise<string> =>
      new SignJWT(claims).setProtectedHeader({ alg, kid: 'k' }).sign({ ...privateJwk, alg })
    expect(await faultOf(await sign('RS256'), one)).toBeUndefined()
    expect(await faultOf(await sign('PS384'), one)).toBeUndefined()
    expect(await faultOf(await sign('RS512'), one)).toBe('algorithm_not_accepted')
  })

  it.each([
    ['the signing key first', [foreign.jwk, stranger.jwk]],
    ['the signing key last', [stranger.jwk, foreign.jwk]],
  ])('is found among several keys with the same kid: %s', async (_, keys) => {
    const one = verifier({}, keys)
    expect(await faultOf(foreign.sign(claims), one)).toBeUndefined()
    expect(await faultOf(stranger.sign(claims), one)).toBeUndefined()
    expect(await faultOf(new ForeignIssuer(foreign.kid).sign(claims), one)).toBe('signature_invalid')
  })

  it('may be published twice without ambiguity', async () => {
    const one = verifier({}, [foreign.jwk, foreign.jwk])
    expect(await faultOf(foreign.sign(claims, { alg: 'ES256' }), one)).toBeUndefined()
  })

  it('that is too weak is ignored, even if leading zeros make it look longer', async () => {
    const weak = rsaPair(1024)
    const n = Buffer.concat([Buffer.alloc(128), Buffer.from(weak.publicJwk.n as string, 'base64url')])
    const one = verifier({}, [foreign.jwk, { ...weak.publicJwk, n: n.toString('base64url'), kid: 'weak' }])
    const token = `${segment({ alg: 'RS256', kid: 'weak' })}.${segment(claims)}.${segment(Buffer.alloc(128, 1))}`
    expect(await faultOf(token, one)).toBe('key_unknown')
  })
})

describe('unavailable keys', () => {
  it('reject with KeySourceUnavailableError, not with TokenError', async () => {
    const { fetch } = new FakeFetch({ [jwksUrl]: refuseConnection })
    await expect(verifier({ fetch }).verify(foreign.sign(claims))).rejects.toThrow(KeySourceUnavailableError)
  })

  it.each<[string, unknown]>([
    ['an empty set', { keys: [] }],
    ['a set without a usable key', { keys: [null, { kty: 'oct', k: 'AAAA' }] }],
    ['an object without `keys`', {}],
    ['an array', [foreign.jwk]],
    ['`keys` that is not a list', { keys: { a: foreign.jwk } }],
  ])('are reported if the JWKS is %s', async (_, document) => {
    const { fetch } = new FakeFetch({ [jwksUrl]: document as object })
    await expect(verifier({ fetch }).verify(foreign.sign(claims))).rejects.toThrow(KeySourceUnavailableError)
  })

  it('are not fetched for a malformed token', async () => {
    const { fetch } = new FakeFetch({ [jwksUrl]: refuseConnection })
    expect(await faultOf('a.b.c', verifier({ fetch }))).toBe('token_malformed')
  })
})

describe('a caller that aborts', () => {
  it('ends only its own wait', async () => {
    let answer!: (response: Response) => void
    const pending = new Promise<Response>((resolve) => {
      answer = resolve
    })
    const remote = new FakeFetch({ [jwksUrl]: () => pending })
    const one = verifier({ fetch: remote.fetch })
    const controller = new AbortController()
    const impatient = one.verify(foreign.sign(claims), { signal: controller.signal })
    const patient = one.verify(foreign.sign(claims))
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(impatient).rejects.toBe(reason)
    answer(Response.json(foreign.jwks))
    expect((await patient).claims.sub).toBe('user-1')
    expect(remote.requests).toHaveLength(1)
  })

  it('gets its own reason if it aborted before the call, while the source is down', async () => {
    const { fetch } = new FakeFetch({ [jwksUrl]: refuseConnection })
    const reason = new Error('enough')
    const verdict = verifier({ fetch }).verify(foreign.sign(claims), { signal: AbortSignal.abort(reason) })
    await expect(verdict).rejects.toBe(reason)
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  })

  it('gets its own reason, even if the kid is unknown', async () => {
    let requests = 0
    const answer = (): Promise<Response> | Response =>
      requests++ === 0 ? Response.json(foreign.jwks) : new Promise<Response>(() => undefined)
    const one = verifier({ fetch: new FakeFetch({ [jwksUrl]: answer }).fetch, requestTimeout: '50ms' })
    await one.verify(foreign.sign(claims))
    const controller = new AbortController()
    const token = foreign.sign(claims, { alg: 'ES256', kid: 'unknown' })
    const verdict = one.verify(token, { signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(verdict).rejects.toBe(reason)
  })
})

describe('tokens with local keys', () => {
  it('are refused as soon as their key is destroyed', async () => {
    const keys = new LocalKeyProvider({ clock })
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    const tokens = new TokenIssuer({ keys, issuer, audience, clock })
    const one = new TokenVerifier({ issuer, audience, keys, clock, profile: 'rfc9068' })
    const first = await tokens.issue({ sub: 'user-1' })
    await keys.rotateKey('orders')
    const second = await tokens.issue({ sub: 'user-1' })
    expect([await faultOf(first, one), await faultOf(second, one)]).toEqual([undefined, undefined])
    await keys.destroyKey('orders', 1)
    expect([await faultOf(first, one), await faultOf(second, one)]).toEqual(['key_unknown', undefined])
    await keys.destroyKey('orders')
    expect(await faultOf(second, one)).toBe('key_unknown')
  })
})
