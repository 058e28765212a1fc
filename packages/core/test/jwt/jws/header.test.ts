import { TokenError } from '../../../src/errors.ts'
import { checkHeader, checkTypeAndAlgorithm, type Profile } from '../../../src/jwt/jws/header.ts'

const algorithms = new Set(['ES256', 'EdDSA'])

function faultOf(header: Readonly<Record<string, unknown>>, profile: Profile = 'jwt'): string | undefined {
  try {
    checkTypeAndAlgorithm(checkHeader(header), { profile, algorithms })
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError)
    return (error as TokenError).code
  }
}

describe('the `typ` header', () => {
  it.each([
    ['JWT'],
    ['jwt'],
    ['Jwt'],
    ['application/jwt'],
    ['APPLICATION/JWT'],
    ['at+jwt'],
    ['AT+JWT'],
    ['application/at+jwt'],
    ['Application/At+Jwt'],
    [undefined],
  ])('is accepted by the profile jwt as %p', (typ) => {
    expect(faultOf({ alg: 'ES256', ...(typ !== undefined && { typ }) })).toBeUndefined()
  })

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'application/AT+JWT'])(
    'is accepted by the profile rfc9068 as %p',
    (typ) => {
      expect(faultOf({ alg: 'ES256', typ }, 'rfc9068')).toBeUndefined()
    },
  )

  const others = ['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'entity-statement+jwt', 'JOSE', 'id+jwt', '', ' at+jwt']
  const nearly = [
    'at+jwt ',
    'at+jwt; charset=utf-8',
    'text/at+jwt',
    'application/application/jwt',
    'application/',
    'jwt+at',
  ]

  it.each([...others, ...nearly])('is refused by both profiles as %p', (typ) => {
    expect(faultOf({ alg: 'ES256', typ })).toBe('type_not_accepted')
    expect(faultOf({ alg: 'ES256', typ }, 'rfc9068')).toBe('type_not_accepted')
  })

  it.each([[undefined], ['JWT'], ['application/jwt']])('is refused by the profile rfc9068 as %p', (typ) => {
    expect(faultOf({ alg: 'ES256', ...(typ !== undefined && { typ }) }, 'rfc9068')).toBe('type_not_accepted')
  })

  it.each([null, 5, true, ['at+jwt'], { at: 'jwt' }])('must be a string: %p is refused', (typ) => {
    expect(faultOf({ alg: 'ES256', typ })).toBe('token_malformed')
  })
})

describe('the `alg` header', () => {
  it.each(['ES256', 'EdDSA'])('is accepted if it is configured: %s', (alg) => {
    expect(faultOf({ alg })).toBeUndefined()
  })

  it.each(['es256', 'eddsa', 'EDDSA', 'ES256 ', 'none', 'None', 'NONE', '', 'HS256', 'RS256', 'ES384', 'constructor'])(
    'is refused as %p',
    (alg) => {
      expect(faultOf({ alg })).toBe('algorithm_not_accepted')
    },
  )

  it.each([undefined, null, 5, ['ES256'], { toString: 'ES256' }])('must be a string: %p is refused', (alg) => {
    expect(faultOf({ alg })).toBe('token_malformed')
  })
})

describe('the `crit` and `b64` headers', () => {
  it.each([
    ['an extension', { crit: ['exp'], exp: 1 }],
    ['an empty list', { crit: [] }],
    ['null', { crit: null }],
    ['a string', { crit: 'b64' }],
    ['b64 false with crit, as in RFC 7797', { crit: ['b64'], b64: false }],
    ['b64 false alone', { b64: false }],
    ['b64 true', { crit: ['b64'], b64: true }],
    ['b64 null', { b64: null }],
  ])('are refused: %s', (_, members) => {
    expect(faultOf({ alg: 'ES256', ...members })).toBe('critical_header_unsupported')
  })
})

describe('the `kid` header', () => {
  it.each([undefined, '', 'a', 'a.1', '../../etc/passwd', '__proto__', 'a\r\nb'])('is accepted as %p', (kid) => {
    expect(faultOf({ alg: 'ES256', kid })).toBeUndefined()
  })

  it.each([null, 5, 0, true, false, ['a'], { a: 1 }])('must be a string: %p is refused', (kid) => {
    expect(faultOf({ alg: 'ES256', kid })).toBe('token_malformed')
  })
})

describe('checkHeader', () => {
  it('returns an accepted header unchanged, with unknown parameters', () => {
    const header = { alg: 'ES256', jku: 'https://evil.example.com', jwk: {}, x5u: 'x', 'x-y': 1 }
    expect(checkHeader(header)).toBe(header)
  })
})
