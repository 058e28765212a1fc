import { decodeJwt, decodeProtectedHeader } from 'jose'
import { ConfigurationError, KeyNotFoundError, TokenIssueError } from '../../src/errors.ts'
import { type IssueClaims, type IssueOptions, TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/jwt/token-verifier.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { ManualClock } from '../support/clock.ts'
import { audience, issuer } from '../support/foreign-issuer.ts'

const clock = new ManualClock(1_800_000_000_750)
const keys = new LocalKeyProvider({ clock })
const tokens = new TokenIssuer({ keys, issuer, audience, clock })

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256', kid: 'first' })
  clock.advance(1)
  await keys.createKey({ alg: 'Ed25519', kid: 'second' })
})

describe('an issued token', () => {
  it('has the header and the claims of RFC 9068', async () => {
    const token = await tokens.issue({ sub: 'user-1', client_id: 'client-1', scope: 'a b' })
    expect(decodeProtectedHeader(token)).toEqual({ typ: 'at+jwt', alg: 'Ed25519', kid: 'second.1' })
    expect(decodeJwt(token)).toEqual({
      iss: issuer,
      aud: audience,
      sub: 'user-1',
      client_id: 'client-1',
      iat: 1_800_000_000,
      exp: 1_800_000_600,
      jti: expect.stringMatching(/^[\w-]{16,}$/),
      scope: 'a b',
    })
  })

  it('passes the profile rfc9068', async () => {
    const verifier = new TokenVerifier({ issuer, audience, keys, clock, profile: 'rfc9068' })
    const { claims } = await verifier.verify(await tokens.issue({ sub: 'user-1' }))
    expect(claims.sub).toBe('user-1')
  })

  it('has an identifier of its own', async () => {
    const issued = await Promise.all(Array.from({ length: 20 }, () => tokens.issue({ sub: 'user-1' })))
    expect(new Set(issued.map((token) => decodeJwt(token).jti)).size).toBe(20)
  })

  it.each<[string, IssueClaims, object]>([
    ['a client is its own subject', { client_id: 'client-1' }, { sub: 'client-1', client_id: 'client-1' }],
    ['a user without a client belongs to the issuer', { sub: 'user-1' }, { sub: 'user-1', client_id: issuer }],
    ['further claims are taken along', { sub: 'u', roles: ['a'], x: null }, { roles: ['a'], x: null }],
    ['an identifier of the caller counts', { sub: 'u', jti: 'mine' }, { jti: 'mine' }],
    ['nbf of the caller counts', { sub: 'u', nbf: 5 }, { nbf: 5 }],
  ])('takes the claims it is given: %s', async (_, claims, expected) => {
    expect(decodeJwt(await tokens.issue(claims))).toMatchObject(expected)
  })

  it.each(['jti', 'client_id'])('has %s, also where the caller leaves it undefined', async (claim) => {
    const claims = decodeJwt(await tokens.issue({ sub: 'user-1', [claim]: undefined }))
    expect(claims[claim]).toEqual(expect.any(String))
  })

  it.each<[string, IssueOptions, object, object]>([
    ['lifetime', { expiresIn: '1h' }, { exp: 1_800_003_600 }, {}],
    ['lifetime in seconds', { expiresIn: 30 }, { exp: 1_800_000_030 }, {}],
    ['lifetime with a fraction, cut to whole seconds', { expiresIn: 1.9 }, { exp: 1_800_000_001 }, {}],
    ['audience', { audience: 'them' }, { aud: 'them' }, {}],
    ['audiences', { audience: ['a', 'b'] }, { aud: ['a', 'b'] }, {}],
    ['audience in a list', { audience: ['a'] }, { aud: 'a' }, {}],
    ['key', { kid: 'first' }, {}, { kid: 'first.1', alg: 'ES256' }],
    ['key by its published kid', { kid: 'first.1' }, {}, { kid: 'first.1' }],
    ['type', { header: { typ: 'JWT' } }, {}, { typ: 'JWT' }],
    ['header parameter', { header: { 'x-y': 1 } }, {}, { 'x-y': 1, typ: 'at+jwt' }],
  ])('can have a %s of its own', async (_, options, claims, header) => {
    const token = await tokens.issue({ sub: 'user-1' }, options)
    expect(decodeJwt(token)).toMatchObject(claims)
    expect(decodeProtectedHeader(token)).toMatchObject(header)
  })

  it('keeps `at+jwt` where the caller leaves the type undefined', async () => {
    const token = await tokens.issue({ sub: 'user-1' }, { header: { typ: undefined } })
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt')
  })

  it('is signed by the newest version after a rotation', async () => {
    const own = new LocalKeyProvider({ clock })
    await own.createKey({ alg: 'ES256', kid: 'orders' })
    await own.rotateKey('orders')
    const token = await new TokenIssuer({ keys: own, issuer, audience, clock, kid: 'orders' }).issue({ sub: 'u' })
    expect(decodeProtectedHeader(token).kid).toBe('orders.2')
  })
})

/** Claims as a caller may not set them. */
const forged = { iss: 'https://evil.example.com', aud: 'evil', exp: 9e9, iat: 1 }

/** A value whose JSON is another each time. */
function changing(...values: unknown[]): { toJSON: () => unknown } {
  return { toJSON: () => (values.length > 1 ? values.shift() : values[0]) }
}

describe('claims are read once, as the JSON that they are', () => {
  const decided = { iss: issuer, aud: audience, iat: 1_800_000_000, exp: 1_800_000_600, sub: 'user-1' }

  it.each<[string, object]>([
    ['with `toJSON` of a class', { toJSON: () => ({ sub: 'user-1' }) }],
    ['with a `toJSON` that is no function', { sub: 'user-1', toJSON: forged }],
    ['with `toJSON` in a claim', { sub: 'user-1', nested: { toJSON: () => forged } }],
    ['with `toJSON` of an array', { sub: 'user-1', nested: Object.assign(['a'], { toJSON: () => forged }) }],
    ['with a date', { sub: 'user-1', at: new Date(0) }],
    ['with a claim called `__proto__`', JSON.parse(`{"sub":"user-1","__proto__":${JSON.stringify(forged)}}`) as object],
    ['with inherited claims', Object.assign(Object.create(forged) as object, { sub: 'user-1' })],
    ['with a subject that is another when it is read again', { sub: changing('user-1', 'root') }],
    ['with an issuer that is another when it is read again', { sub: 'user-1', iss: changing(issuer, forged.iss) }],
    ['with an audience that is another when it is read again', { sub: 'user-1', aud: changing(audience, 'evil') }],
    ['with `Symbol.toPrimitive`', { sub: { ...changing('user-1'), [Symbol.toPrimitive]: () => 'root' } }],
    ['with reserved claims that are undefined', { sub: 'user-1', exp: undefined, iat: undefined }],
  ])('%s', async (_, claims) => {
    expect(decodeJwt(await tokens.issue(claims as IssueClaims))).toMatchObject(decided)
  })

  it('and so is the header', async () => {
    const header = { typ: changing('JWT', 'none'), nested: { toJSON: () => ({ alg: 'none' }) }, alg: undefined }
    const token = await tokens.issue({ sub: 'user-1' }, { header })
    expect(decodeProtectedHeader(token)).toEqual({
      typ: 'JWT',
      nested: { alg: 'none' },
      alg: 'Ed25519',
      kid: 'second.1',
    })
  })

  it('and so is a list of audiences', async () => {
    const audiences = Object.assign(['a', 'b'], { toJSON: () => 'evil' })
    expect(decodeJwt(await tokens.issue({ sub: 'user-1' }, { audience: audiences })).aud).toEqual(['a', 'b'])
    class Audiences extends Array<string> {
      toJSON(): string {
        return 'evil'
      }
    }
    const issuing = new TokenIssuer({ keys, issuer, audience: Audiences.of('a', 'b'), clock })
    expect(decodeJwt(await issuing.issue({ sub: 'user-1' })).aud).toEqual(['a', 'b'])
  })
})

describe('a token is not issued', () => {
  const circular: Record<string, unknown> = { sub: 'u' }
  circular['self'] = circular
  let deep: unknown = 'a'
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]

  it.each<[string, unknown, object]>([
    ['whose claims become others by `toJSON`', { sub: 'u', toJSON: () => ({ ...forged, sub: 'u' }) }, {}],
    ['whose claims inherit such a `toJSON`', Object.create({ toJSON: () => ({ sub: 'u', exp: 9e9 }) }), {}],
    ['whose expiry is a getter', Object.defineProperty({ sub: 'u' }, 'exp', { get: () => 9e9, enumerable: true }), {}],
    ['whose header becomes another by `toJSON`', { sub: 'u' }, { header: { toJSON: () => ({ alg: 'none' }) } }],
    [
      'whose header inherits such a `toJSON`',
      { sub: 'u' },
      { header: Object.create({ toJSON: () => ({ kid: 'x' }) }) },
    ],
    ['whose claims are a list', ['u'], {}],
    ['whose claims are text', 'u', {}],
    ['without claims', undefined, {}],
    ['whose claims are null', null, {}],
    ['whose claims are a function', () => ({ sub: 'u' }), {}],
    ['whose claims become nothing by `toJSON`', { sub: 'u', toJSON: () => undefined }, {}],
    ['whose header is a list', { sub: 'u' }, { header: [] }],
    ['with a claim that JSON has no number for', { sub: 'u', amount: 5n }, {}],
    ['with claims that contain themselves', circular, {}],
    ['with claims that are nested too deeply', { sub: 'u', deep }, {}],
    [
      'with a claim that throws',
      {
        sub: 'u',
        a: {
          toJSON: () => {
            throw new Error('no')
          },
        },
      },
      {},
    ],
  ])('%s', async (_, claims, options) => {
    await expect(tokens.issue(claims as IssueClaims, options)).rejects.toThrow(TokenIssueError)
  })
})

describe('a token is not issued', () => {
  it.each<[string, IssueClaims, IssueOptions]>([
    ['without a subject', {}, {}],
    ['with an empty subject', { sub: '' }, {}],
    ['with a subject that is no string', { sub: 5 as never }, {}],
    ['with an issuer of the caller', { sub: 'u', iss: 'me' }, {}],
    ['with an audience among the claims', { sub: 'u', aud: 'me' }, {}],
    ['with an expiry of the caller', { sub: 'u', exp: 1 }, {}],
    ['with a time of issue of the caller', { sub: 'u', iat: 1 }, {}],
    ['with an algorithm of the caller', { sub: 'u' }, { header: { alg: 'none' } }],
    ['with a kid in the header', { sub: 'u' }, { header: { kid: 'x' } }],
    ['with a critical header', { sub: 'u' }, { header: { crit: ['x'] } }],
    ['with b64', { sub: 'u' }, { header: { b64: false } }],
    ['with an embedded key', { sub: 'u' }, { header: { jwk: {} } }],
    ['with a lifetime of zero', { sub: 'u' }, { expiresIn: 0 }],
    ['with a lifetime below a second', { sub: 'u' }, { expiresIn: '999ms' }],
    ['with a negative lifetime', { sub: 'u' }, { expiresIn: -1 }],
    ['with a lifetime without end', { sub: 'u' }, { expiresIn: Number.POSITIVE_INFINITY }],
    ['with a lifetime that is none', { sub: 'u' }, { expiresIn: 'soon' as never }],
    ['with an empty list of audiences', { sub: 'u' }, { audience: [] }],
    ['with an empty audience', { sub: 'u' }, { audience: '' }],
    ['with an audience that is no string', { sub: 'u' }, { audience: 5 as never }],
    ['with a jti that is no string', { sub: 'u', jti: 5 }, {}],
    ['with a client_id that is no string', { sub: 'u', client_id: 5 as never }, {}],
  ])('%s', async (_, claims, options) => {
    await expect(tokens.issue(claims, options)).rejects.toThrow(TokenIssueError)
  })

  it('without any audience', async () => {
    const aimless = new TokenIssuer({ keys, issuer, clock })
    await expect(aimless.issue({ sub: 'u' })).rejects.toThrow(TokenIssueError)
    expect(decodeJwt(await aimless.issue({ sub: 'u' }, { audience: 'a' })).aud).toBe('a')
  })

  it.each(['unknown', 'first.2', 'first.1.1', ''])('with the key %p, which is not there', async (kid) => {
    await expect(tokens.issue({ sub: 'u' }, { kid })).rejects.toThrow(KeyNotFoundError)
  })

  it('without any key', async () => {
    const keyless = new TokenIssuer({ keys: new LocalKeyProvider(), issuer, audience })
    await expect(keyless.issue({ sub: 'u' })).rejects.toThrow(KeyNotFoundError)
  })

  it('with a version that has retired', async () => {
    const own = new LocalKeyProvider({ clock })
    await own.createKey({ alg: 'ES256', kid: 'orders' })
    await own.rotateKey('orders')
    const issuing = new TokenIssuer({ keys: own, issuer, audience, clock })
    await expect(issuing.issue({ sub: 'u' }, { kid: 'orders.1' })).rejects.toThrow(KeyNotFoundError)
  })
})

describe('an issuer that is misconfigured throws at construction', () => {
  it.each<[string, object, string]>([
    ['without keys', { keys: undefined }, 'keys'],
    ['with keys that are none', { keys: {} }, 'keys'],
    ['without an issuer', { issuer: undefined }, 'issuer'],
    ['with an empty audience', { audience: '' }, 'audience'],
    ['with an empty list of audiences', { audience: [] }, 'audience'],
    ['with an audience of null', { audience: null }, 'audience'],
    ['with a lifetime of zero', { expiresIn: 0 }, 'expiresIn'],
    ['with a lifetime below a second, which no token can have', { expiresIn: '500ms' }, 'expiresIn'],
    ['with an empty kid', { kid: '' }, 'kid'],
    ['with a clock that is none', { clock: {} }, 'clock'],
    ['with an unknown option', { alg: 'ES256' }, 'alg'],
  ])('%s', (_, options, option) => {
    const make = (): unknown => new TokenIssuer({ keys, issuer, audience, ...options })
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(expect.objectContaining({ option }))
  })
})
