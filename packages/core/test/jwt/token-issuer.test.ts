import { createTestCertificate } from '@bearerkit/testing'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { ConfigurationError, KeyNotFoundError, TokenIssueError } from '../../src/errors.ts'
import { type IssueClaims, type IssueOptions, TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { ManualClock } from '../support/clock.ts'
import { rfc8705 } from '../http/mtls/published-certificates.ts'
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

  it('has a unique `jti`', async () => {
    const issued = await Promise.all(Array.from({ length: 20 }, () => tokens.issue({ sub: 'user-1' })))
    expect(new Set(issued.map((token) => decodeJwt(token).jti)).size).toBe(20)
  })

  it.each<[string, IssueClaims, object]>([
    ['a client is its own subject', { client_id: 'client-1' }, { sub: 'client-1', client_id: 'client-1' }],
    ['the issuer is the client of a user without one', { sub: 'user-1' }, { sub: 'user-1', client_id: issuer }],
    ['additional claims are kept', { sub: 'u', roles: ['a'], x: null }, { roles: ['a'], x: null }],
    ['a `jti` from the caller is kept', { sub: 'u', jti: 'mine' }, { jti: 'mine' }],
    ['`nbf` from the caller is kept', { sub: 'u', nbf: 5 }, { nbf: 5 }],
  ])('contains the given claims: %s', async (_, claims, expected) => {
    expect(decodeJwt(await tokens.issue(claims))).toMatchObject(expected)
  })

  it.each(['jti', 'client_id'])('has a default %s if the caller passes undefined', async (claim) => {
    const claims = decodeJwt(await tokens.issue({ sub: 'user-1', [claim]: undefined }))
    expect(claims[claim]).toEqual(expect.any(String))
  })

  it.each<[string, IssueOptions, object, object]>([
    ['lifetime', { expiresIn: '1h' }, { exp: 1_800_003_600 }, {}],
    ['lifetime in seconds', { expiresIn: 30 }, { exp: 1_800_000_030 }, {}],
    ['fractional lifetime, rounded down to seconds', { expiresIn: 1.9 }, { exp: 1_800_000_001 }, {}],
    ['audience', { audience: 'them' }, { aud: 'them' }, {}],
    ['list of audiences', { audience: ['a', 'b'] }, { aud: ['a', 'b'] }, {}],
    ['list of one audience', { audience: ['a'] }, { aud: 'a' }, {}],
    ['key', { kid: 'first' }, {}, { kid: 'first.1', alg: 'ES256' }],
    ['key by its published kid', { kid: 'first.1' }, {}, { kid: 'first.1' }],
    ['type', { header: { typ: 'JWT' } }, {}, { typ: 'JWT' }],
    ['header parameter', { header: { 'x-y': 1 } }, {}, { 'x-y': 1, typ: 'at+jwt' }],
  ])('can override the defaults with its own %s', async (_, options, claims, header) => {
    const token = await tokens.issue({ sub: 'user-1' }, options)
    expect(decodeJwt(token)).toMatchObject(claims)
    expect(decodeProtectedHeader(token)).toMatchObject(header)
  })

  it('keeps `at+jwt` if the caller passes an undefined type', async () => {
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

/** Claims that a caller must not set. */
const forged = { iss: 'https://evil.example.com', aud: 'evil', exp: 9e9, iat: 1 }

/** A value whose JSON changes each time. */
function changing(...values: unknown[]): { toJSON: () => unknown } {
  return { toJSON: () => (values.length > 1 ? values.shift() : values[0]) }
}

describe('a token is bound to a certificate', () => {
  const { cert, der, thumbprint } = createTestCertificate()

  it.each<[string, string | Uint8Array]>([
    ['in PEM', cert],
    ['in PEM with white space around it', `\n  ${cert}\n\n`],
    ['in PEM with line breaks of Windows', cert.replaceAll('\n', '\r\n')],
    ['in DER', der],
    ['in DER as a plain Uint8Array', Uint8Array.from(der)],
  ])('%s', async (_, certificate) => {
    const { cnf } = decodeJwt(await tokens.issue({ sub: 'user-1' }, { boundTo: { certificate } }))
    expect(cnf).toEqual({ 'x5t#S256': thumbprint })
  })

  it('as in RFC 8705, appendix A', async () => {
    const { cnf } = decodeJwt(await tokens.issue({ sub: 'user-1' }, { boundTo: { certificate: rfc8705.pem } }))
    expect(cnf).toEqual({ 'x5t#S256': rfc8705.thumbprint })
  })

  it('which the claims may repeat', async () => {
    const cnf = { 'x5t#S256': thumbprint }
    expect(decodeJwt(await tokens.issue({ sub: 'user-1', cnf }, { boundTo: { certificate: cert } }))).toMatchObject({
      cnf,
    })
  })

  it('unless the option is undefined', async () => {
    expect(decodeJwt(await tokens.issue({ sub: 'user-1' }, { boundTo: undefined as never }))).not.toHaveProperty('cnf')
  })
})

describe('claims are serialized once and signed as that JSON', () => {
  const decided = { iss: issuer, aud: audience, iat: 1_800_000_000, exp: 1_800_000_600, sub: 'user-1' }

  it.each<[string, object]>([
    ['with `toJSON` of a class', { toJSON: () => ({ sub: 'user-1' }) }],
    ['with a `toJSON` that is not a function', { sub: 'user-1', toJSON: forged }],
    ['with `toJSON` in a claim', { sub: 'user-1', nested: { toJSON: () => forged } }],
    ['with `toJSON` of an array', { sub: 'user-1', nested: Object.assign(['a'], { toJSON: () => forged }) }],
    ['with a date', { sub: 'user-1', at: new Date(0) }],
    ['with a claim called `__proto__`', JSON.parse(`{"sub":"user-1","__proto__":${JSON.stringify(forged)}}`) as object],
    ['with inherited claims', Object.assign(Object.create(forged) as object, { sub: 'user-1' })],
    ['with a subject that changes on the second read', { sub: changing('user-1', 'root') }],
    ['with an issuer that changes on the second read', { sub: 'user-1', iss: changing(issuer, forged.iss) }],
    ['with an audience that changes on the second read', { sub: 'user-1', aud: changing(audience, 'evil') }],
    ['with `Symbol.toPrimitive`', { sub: { ...changing('user-1'), [Symbol.toPrimitive]: () => 'root' } }],
    ['with reserved claims that are undefined', { sub: 'user-1', exp: undefined, iat: undefined }],
  ])('%s', async (_, claims) => {
    expect(decodeJwt(await tokens.issue(claims as IssueClaims))).toMatchObject(decided)
  })

  it('the header likewise', async () => {
    const header = { typ: changing('JWT', 'none'), nested: { toJSON: () => ({ alg: 'none' }) }, alg: undefined }
    const token = await tokens.issue({ sub: 'user-1' }, { header })
    expect(decodeProtectedHeader(token)).toEqual({
      typ: 'JWT',
      nested: { alg: 'none' },
      alg: 'Ed25519',
      kid: 'second.1',
    })
  })

  it('a list of audiences likewise', async () => {
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
    ['whose claims are replaced by `toJSON`', { sub: 'u', toJSON: () => ({ ...forged, sub: 'u' }) }, {}],
    ['whose claims inherit such a `toJSON`', Object.create({ toJSON: () => ({ sub: 'u', exp: 9e9 }) }), {}],
    ['whose expiry is a getter', Object.defineProperty({ sub: 'u' }, 'exp', { get: () => 9e9, enumerable: true }), {}],
    ['whose header is replaced by `toJSON`', { sub: 'u' }, { header: { toJSON: () => ({ alg: 'none' }) } }],
    [
      'whose header inherits such a `toJSON`',
      { sub: 'u' },
      { header: Object.create({ toJSON: () => ({ kid: 'x' }) }) },
    ],
    ['whose claims are a list', ['u'], {}],
    ['whose claims are a string', 'u', {}],
    ['without claims', undefined, {}],
    ['whose claims are null', null, {}],
    ['whose claims are a function', () => ({ sub: 'u' }), {}],
    ['whose `toJSON` returns undefined', { sub: 'u', toJSON: () => undefined }, {}],
    ['whose header is a list', { sub: 'u' }, { header: [] }],
    ['with a bigint claim, which JSON cannot represent', { sub: 'u', amount: 5n }, {}],
    ['with circular claims', circular, {}],
    ['with claims that are nested too deeply', { sub: 'u', deep }, {}],
    [
      'with a claim whose `toJSON` throws',
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

function boundTo(certificate: unknown): IssueOptions {
  return { boundTo: { certificate: certificate as string } }
}

describe('a token is not issued', () => {
  it.each<[string, IssueClaims, IssueOptions]>([
    ['without a subject', {}, {}],
    ['with an empty subject', { sub: '' }, {}],
    ['with a subject that is not a string', { sub: 5 as never }, {}],
    ['with another issuer in the claims', { sub: 'u', iss: 'me' }, {}],
    ['with another audience in the claims', { sub: 'u', aud: 'me' }, {}],
    ['with `exp` in the claims', { sub: 'u', exp: 1 }, {}],
    ['with `iat` in the claims', { sub: 'u', iat: 1 }, {}],
    ['with `alg` in the header', { sub: 'u' }, { header: { alg: 'none' } }],
    ['with `kid` in the header', { sub: 'u' }, { header: { kid: 'x' } }],
    ['with `crit` in the header', { sub: 'u' }, { header: { crit: ['x'] } }],
    ['with `b64` in the header', { sub: 'u' }, { header: { b64: false } }],
    ['with `jwk` in the header', { sub: 'u' }, { header: { jwk: {} } }],
    ['with a lifetime of zero', { sub: 'u' }, { expiresIn: 0 }],
    ['with a lifetime below a second', { sub: 'u' }, { expiresIn: '999ms' }],
    ['with a negative lifetime', { sub: 'u' }, { expiresIn: -1 }],
    ['with an infinite lifetime', { sub: 'u' }, { expiresIn: Number.POSITIVE_INFINITY }],
    ['with an invalid lifetime', { sub: 'u' }, { expiresIn: 'soon' as never }],
    ['with an empty list of audiences', { sub: 'u' }, { audience: [] }],
    ['with an empty audience', { sub: 'u' }, { audience: '' }],
    ['with an audience that is not a string', { sub: 'u' }, { audience: 5 as never }],
    ['with a `jti` that is not a string', { sub: 'u', jti: 5 }, {}],
    ['with a `client_id` that is not a string', { sub: 'u', client_id: 5 as never }, {}],
    ['with another key in the claims', { sub: 'u', cnf: { jkt: 'x' } }, boundTo(rfc8705.pem)],
    ['bound to nothing', { sub: 'u' }, { boundTo: {} }],
    ['bound to an undefined certificate', { sub: 'u' }, boundTo(undefined)],
    ['bound to something unknown', { sub: 'u' }, { boundTo: { thumbprint: 'x' } as never }],
    ['bound to an inherited member', { sub: 'u' }, { boundTo: { constructor: 'x' } as never }],
    ['bound to text that is no certificate', { sub: 'u' }, boundTo('certificate')],
    ['bound to two certificates', { sub: 'u' }, boundTo(rfc8705.pem + rfc8705.pem)],
    ['bound to octets that are no certificate', { sub: 'u' }, boundTo(Buffer.alloc(100))],
    ['bound to PEM as octets', { sub: 'u' }, boundTo(Buffer.from(rfc8705.pem))],
    ['bound to an object', { sub: 'u' }, boundTo({})],
  ])('%s', async (_, claims, options) => {
    await expect(tokens.issue(claims, options)).rejects.toThrow(TokenIssueError)
  })

  it('without an audience', async () => {
    const aimless = new TokenIssuer({ keys, issuer, clock })
    await expect(aimless.issue({ sub: 'u' })).rejects.toThrow(TokenIssueError)
    expect(decodeJwt(await aimless.issue({ sub: 'u' }, { audience: 'a' })).aud).toBe('a')
  })

  it.each(['unknown', 'first.2', 'first.1.1', ''])('with the unknown key %p', async (kid) => {
    await expect(tokens.issue({ sub: 'u' }, { kid })).rejects.toThrow(KeyNotFoundError)
  })

  it('without a key', async () => {
    const keyless = new TokenIssuer({ keys: new LocalKeyProvider(), issuer, audience })
    await expect(keyless.issue({ sub: 'u' })).rejects.toThrow(KeyNotFoundError)
  })

  it('with a retired version of a key', async () => {
    const own = new LocalKeyProvider({ clock })
    await own.createKey({ alg: 'ES256', kid: 'orders' })
    await own.rotateKey('orders')
    const issuing = new TokenIssuer({ keys: own, issuer, audience, clock })
    await expect(issuing.issue({ sub: 'u' }, { kid: 'orders.1' })).rejects.toThrow(KeyNotFoundError)
  })
})

describe('the constructor throws a ConfigurationError', () => {
  it.each<[string, object, string]>([
    ['without keys', { keys: undefined }, 'keys'],
    ['with an invalid key provider', { keys: {} }, 'keys'],
    ['without an issuer', { issuer: undefined }, 'issuer'],
    ['with an empty audience', { audience: '' }, 'audience'],
    ['with an empty list of audiences', { audience: [] }, 'audience'],
    ['with an audience of null', { audience: null }, 'audience'],
    ['with a lifetime of zero', { expiresIn: 0 }, 'expiresIn'],
    ['with a default lifetime below a second', { expiresIn: '500ms' }, 'expiresIn'],
    ['with an empty kid', { kid: '' }, 'kid'],
    ['with an invalid clock', { clock: {} }, 'clock'],
    ['with an unknown option', { alg: 'ES256' }, 'alg'],
  ])('%s', (_, options, option) => {
    const make = (): unknown => new TokenIssuer({ keys, issuer, audience, ...options })
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(expect.objectContaining({ option }))
  })
})
