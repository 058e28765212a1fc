import { TokenError } from '../../../src/errors.ts'
import { checkClaims, type ClaimRules, requiredBy, validityOf } from '../../../src/jwt/claims/claims.ts'
import type { AccessTokenClaims } from '../../../src/jwt/jws/compact-jws.ts'

const now = 1_800_000_000
const claims = { iss: 'https://issuer.example.com', aud: 'us', sub: 'user-1', exp: now + 60 }
const rules: ClaimRules = {
  required: requiredBy.jwt,
  audience: new Set(['us', 'us too']),
  clockTolerance: 5,
  maxTokenAge: undefined,
}

function faultOf(given: object, overrides: Partial<ClaimRules> = {}): string | undefined {
  try {
    checkClaims(given as Record<string, unknown>, { ...rules, ...overrides }, now)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError)
    const { code, claim } = error as TokenError
    return claim === undefined ? code : `${code} ${claim}`
  }
}

/** Parses JSON as it would come in a token. */
function parsed(json: string): object {
  return JSON.parse(json) as object
}

describe('checkClaims', () => {
  it('returns valid claims unchanged', () => {
    expect(checkClaims(claims, rules, now)).toBe(claims)
  })
})

describe('the times of a token', () => {
  it.each([
    ['exp is in the future', { exp: now + 1 }],
    ['exp is now, within the tolerance', { exp: now }],
    ['exp is in the past by less than the tolerance', { exp: now - 4.999 }],
    ['exp has a fraction', { exp: now + 0.5 }],
    ['exp is in the far future', { exp: Number.MAX_SAFE_INTEGER }],
    ['exp has an exponent', parsed('{"exp":1.9e9}')],
    ['nbf is in the past', { nbf: now - 100 }],
    ['nbf is now', { nbf: now }],
    ['nbf is in the future by the tolerance', { nbf: now + 5 }],
    ['nbf has a fraction', { nbf: now + 4.5 }],
    ['nbf is zero', { nbf: 0 }],
    ['nbf is negative', { nbf: -1 }],
    ['iat is in the past', { iat: now - 1_000_000 }],
    ['iat is in the future by the tolerance', { iat: now + 5 }],
    ['iat has a fraction', { iat: now - 0.25 }],
  ])('are valid if %s', (_, times) => {
    expect(faultOf({ ...claims, ...times })).toBeUndefined()
  })

  it.each([
    ['exp is in the past by the tolerance', { exp: now - 5 }, 'token_expired'],
    ['exp is in the distant past', { exp: 1 }, 'token_expired'],
    ['exp is zero', { exp: 0 }, 'token_expired'],
    ['exp is negative', { exp: -1 }, 'token_expired'],
    ['nbf is in the future by more than the tolerance', { nbf: now + 5.001 }, 'token_not_yet_valid'],
    ['nbf is in the far future', { nbf: now + 1e9 }, 'token_not_yet_valid'],
    ['iat is in the future by more than the tolerance', { iat: now + 5.001 }, 'token_issued_in_future'],
    ['iat is in the far future', { iat: now + 1e9 }, 'token_issued_in_future'],
    ['iat is in milliseconds', { iat: now * 1000 }, 'token_issued_in_future'],
  ])('are refused if %s', (_, times, fault) => {
    expect(faultOf({ ...claims, ...times })).toBe(fault)
  })

  it('are compared with the clock exactly if the tolerance is zero', () => {
    expect(faultOf({ ...claims, exp: now }, { clockTolerance: 0 })).toBe('token_expired')
    expect(faultOf({ ...claims, exp: now + 0.001, nbf: now, iat: now }, { clockTolerance: 0 })).toBeUndefined()
    expect(faultOf({ ...claims, nbf: now + 0.001 }, { clockTolerance: 0 })).toBe('token_not_yet_valid')
    expect(faultOf({ ...claims, iat: now + 0.001 }, { clockTolerance: 0 })).toBe('token_issued_in_future')
  })

  it.each(['1e400', '-1e400', '"1900000000"', '""', 'true', 'false', '[1900000000]', '{"a":1}', '"Infinity"', '[]'])(
    'must be finite numbers: %s is refused',
    (value) => {
      for (const claim of ['exp', 'nbf', 'iat']) {
        expect(faultOf({ ...claims, ...parsed(`{"${claim}":${value}}`) })).toBe(`claim_invalid ${claim}`)
      }
    },
  )

  it('must not be null', () => {
    expect(faultOf({ ...claims, nbf: null })).toBe('claim_invalid nbf')
    expect(faultOf({ ...claims, iat: null })).toBe('claim_invalid iat')
    expect(faultOf({ ...claims, exp: null })).toBe('claim_missing exp')
  })

  it('must include exp', () => {
    const { exp: _, ...endless } = claims
    expect(faultOf(endless)).toBe('claim_missing exp')
    expect(faultOf(endless, { audience: null })).toBe('claim_missing exp')
  })
})

describe('the maximum age of a token', () => {
  it.each([
    ['that is younger', now - 299, undefined],
    ['just as old', now - 300, undefined],
    ['that is older, within the tolerance', now - 304.9, undefined],
    ['that is older by the tolerance', now - 305, 'token_too_old'],
    ['that is much older', 1, 'token_too_old'],
    ['issued in the future', now + 100, 'token_issued_in_future'],
  ])('is counted from iat for a token %s', (_, iat, fault) => {
    expect(faultOf({ ...claims, iat }, { maxTokenAge: 300 })).toBe(fault)
  })

  it('requires iat', () => {
    expect(faultOf(claims, { maxTokenAge: 300 })).toBe('claim_missing iat')
  })
})

describe('the audience', () => {
  it.each([
    ['is an accepted one', 'us'],
    ['is another accepted one', 'us too'],
    ['is a list with an accepted one', ['them', 'us']],
    ['is a list of only accepted ones', ['us']],
  ])('is accepted if it %s', (_, aud) => {
    expect(faultOf({ ...claims, aud })).toBeUndefined()
  })

  it.each<[string, unknown, string]>([
    ['is another resource', 'them', 'audience_mismatch'],
    ['differs in case', 'US', 'audience_mismatch'],
    ['has an extra slash at the end', 'us/', 'audience_mismatch'],
    ['only begins with an accepted one', 'us.evil', 'audience_mismatch'],
    ['is several names in one string', 'us them', 'audience_mismatch'],
    ['is empty', '', 'audience_mismatch'],
    ['is a list of other resources', ['them', 'those'], 'audience_mismatch'],
    ['is an empty list', [], 'audience_mismatch'],
    ['is a number', 5, 'claim_invalid aud'],
    ['is null', null, 'claim_invalid aud'],
    ['is an object', { us: true }, 'claim_invalid aud'],
    ['is a list with an accepted one and a number', ['us', 5], 'claim_invalid aud'],
    ['is a list in a list', [['us']], 'claim_invalid aud'],
  ])('is refused if it %s', (_, aud, fault) => {
    expect(faultOf({ ...claims, aud })).toBe(fault)
  })

  it('is refused if it is missing', () => {
    const { aud: _, ...aimless } = claims
    expect(faultOf(aimless)).toMatch(/^(audience_mismatch|claim_missing aud|claim_invalid aud)$/)
  })

  it('is not checked if the option is null', () => {
    const { aud: _, ...aimless } = claims
    expect(faultOf({ ...claims, aud: 'them' }, { audience: null })).toBeUndefined()
    expect(faultOf(aimless, { audience: null })).toBeUndefined()
  })
})

describe('string claims', () => {
  it.each(['sub', 'jti', 'client_id'])('must be strings: %s', (claim) => {
    expect(faultOf({ ...claims, [claim]: 'a' })).toBeUndefined()
    for (const value of [5, null, true, ['a'], { a: 1 }]) {
      expect(faultOf({ ...claims, [claim]: value })).toBe(`claim_invalid ${claim}`)
    }
  })
})

describe('the profile rfc9068', () => {
  const complete = { ...claims, client_id: 'client-1', iat: now - 10, jti: 'id-1' }

  it('accepts complete claims', () => {
    expect(faultOf(complete, { required: requiredBy.rfc9068 })).toBeUndefined()
  })

  it.each(['exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])('requires %s', (claim) => {
    const without = Object.fromEntries(Object.entries(complete).filter(([name]) => name !== claim))
    expect(faultOf(without, { required: requiredBy.rfc9068 })).toBe(`claim_missing ${claim}`)
    expect(faultOf({ ...complete, [claim]: null }, { required: requiredBy.rfc9068 })).toBe(`claim_missing ${claim}`)
  })

  it('requires an audience even if the audience check is disabled', () => {
    const { aud: _, ...aimless } = complete
    expect(faultOf(aimless, { required: requiredBy.rfc9068, audience: null })).toBe('claim_missing aud')
  })
})

describe('required claims', () => {
  it.each(['tenant', 'toString', '__proto__', 'constructor'])('must be present: %s', (claim) => {
    expect(faultOf(claims, { required: [claim] })).toBe(`claim_missing ${claim}`)
  })

  it.each([0, false, '', [], {}])('may have any value except null: %p', (value) => {
    expect(faultOf({ ...claims, tenant: value }, { required: ['tenant'] })).toBeUndefined()
    expect(faultOf({ ...claims, tenant: null }, { required: ['tenant'] })).toBe('claim_missing tenant')
  })
})

describe('validityOf', () => {
  const sinceEver = Number.NEGATIVE_INFINITY

  it.each<[string, Partial<AccessTokenClaims>, Partial<ClaimRules>, number, number]>([
    ['ends at exp plus the tolerance', {}, {}, sinceEver, 65],
    ['has no tolerance if it is zero', { nbf: now }, { clockTolerance: 0 }, 0, 60],
    ['begins at nbf minus the tolerance', { nbf: now - 10 }, {}, -15, 65],
    ['begins at iat minus the tolerance', { iat: now - 20 }, {}, -25, 65],
    ['begins at nbf if iat is earlier', { nbf: now - 10, iat: now - 20 }, {}, -15, 65],
    ['begins at iat if nbf is earlier', { nbf: now - 20, iat: now - 10 }, {}, -15, 65],
    ['ends at the maximum age if exp is later', { iat: now - 20 }, { maxTokenAge: 30 }, -25, 15],
    ['ends at exp if the maximum age is later', { iat: now - 20 }, { maxTokenAge: 300 }, -25, 65],
    ['keeps fractions of a second', { exp: now + 0.5, nbf: now - 0.25 }, { clockTolerance: 0 }, -0.25, 0.5],
  ])('%s', (_, times, overrides, since, until) => {
    const given = { ...claims, ...times }
    const heldTo = { ...rules, ...overrides }
    expect(validityOf(given, heldTo)).toEqual({ since: now + since, until: now + until })
    const passesAt = (moment: number): boolean => {
      try {
        return checkClaims(given, heldTo, moment) === given
      } catch {
        return false
      }
    }
    // The checks accept the claims in exactly this span, to the millisecond.
    const first = since === sinceEver ? 0 : now + since
    expect([first, now + until - 0.001].map((moment) => passesAt(moment))).toEqual([true, true])
    expect([first - 0.001, now + until].map((moment) => passesAt(moment))).toEqual([since === sinceEver, false])
  })
})
