import { inspect } from 'node:util'
import { TokenError } from '../../src/errors.ts'
import type { SchemaResult, StandardSchema } from '../../src/jwt/standard-schema.ts'
import { TokenVerifier } from '../../src/jwt/token-verifier.ts'
import type { VerifierOptions } from '../../src/jwt/verifier-options.ts'
import { ManualClock } from '../support/clock.ts'
import { FakeFetch } from '../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../support/foreign-issuer.ts'

const clock = new ManualClock()
const foreign = new ForeignIssuer()
const claims = { iss: issuer, aud: audience, sub: 'user-1', exp: clock.seconds() + 60, scope: 'a b', tenant: 'ACME' }
const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })

interface TenantClaims {
  sub: string
  tenant: string
}

function schemaOf<Output>(
  validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>,
): StandardSchema<Output> {
  return { '~standard': { version: 1, vendor: 'by hand', validate } }
}

/** Keeps two claims, one of them in another form, and drops the rest, as schema libraries do. */
function tenantClaims(value: unknown): SchemaResult<TenantClaims> {
  const { sub, tenant } = value as Record<string, unknown>
  if (typeof sub !== 'string' || typeof tenant !== 'string')
    return { issues: [{ message: `tenant is ${inspect(tenant)}`, path: ['tenant'] }, { message: 'and more' }] }
  return { value: { sub, tenant: tenant.toLowerCase() } }
}

function verifier<Claims>(
  schema: StandardSchema<Claims>,
  options: VerifierOptions<Claims> = {},
): TokenVerifier<Claims> {
  return new TokenVerifier<Claims>({ issuer, audience, jwksUrl, clock, fetch, claims: schema, ...options })
}

describe.each<[string, StandardSchema<TenantClaims>]>([
  ['at once', schemaOf(tenantClaims)],
  ['later', schemaOf(async (value) => tenantClaims(value))],
  ['as a function with members', Object.assign(() => undefined, schemaOf(tenantClaims))],
])('a claims schema that validates %s', (_, schema) => {
  it('gives the claims their form and type', async () => {
    const { claims: validated } = await verifier(schema).verify(foreign.sign(claims))
    const { tenant }: { tenant: string } = validated
    expect({ validated, tenant }).toEqual({ validated: { sub: 'user-1', tenant: 'acme' }, tenant: 'acme' })
  })

  it('leaves the scopes as the token has them', async () => {
    expect((await verifier(schema).verify(foreign.sign(claims))).scopes).toEqual(['a', 'b'])
  })

  it('refuses claims that do not fit, with the reasons for the log alone', async () => {
    const token = foreign.sign({ ...claims, tenant: 5 })
    const refusal: unknown = await verifier(schema)
      .verify(token)
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TokenError)
    expect(refusal).toMatchObject({
      code: 'claims_rejected',
      message: 'the claims do not fit the schema',
      cause: { message: 'tenant is 5; and more' },
    })
  })
})

describe('a claims schema', () => {
  it.each([
    ['signature', new ForeignIssuer(foreign.kid).sign(claims), 'signature_invalid'],
    ['audience', foreign.sign({ ...claims, aud: 'them' }), 'audience_mismatch'],
    ['expiry', foreign.sign({ ...claims, exp: 1 }), 'token_expired'],
    ['binding to a key', foreign.sign({ ...claims, cnf: {} }), 'proof_required'],
  ])('does not see a token that is refused for its %s', async (_, token, code) => {
    const seen: unknown[] = []
    const schema = schemaOf((value) => {
      seen.push(value)
      return { value }
    })
    await expect(verifier(schema).verify(token)).rejects.toMatchObject({ code })
    expect(seen).toEqual([])
  })

  it('cannot bring back what verification requires: the checks come first', async () => {
    const schema = schemaOf((value) => ({ value: { ...(value as object), exp: clock.seconds() + 60 } }))
    await expect(verifier(schema).verify(foreign.sign({ ...claims, exp: undefined }))).rejects.toMatchObject({
      code: 'claim_missing',
    })
  })

  it('does not hide claims from the revocation check', async () => {
    const seen: unknown[] = []
    await verifier(schemaOf(tenantClaims), { isRevoked: (given) => seen.push(given) < 0 }).verify(foreign.sign(claims))
    expect(seen).toEqual([claims])
  })

  describe('that changes what it is given', () => {
    const inPlace = schemaOf((value) => {
      const given = value as Record<string, unknown>
      given['exp'] = new Date(Number(given['exp']) * 1000)
      given['acr'] = 'as strong as can be'
      return { value: given }
    })

    it('prolongs no token that is remembered', async () => {
      const time = new ManualClock()
      const one = verifier(inPlace, { clock: time })
      const token = foreign.sign({ ...claims, exp: time.seconds() + 60 })
      expect((await one.verify(token)).claims['exp']).toBeInstanceOf(Date)
      expect((await one.verify(token)).claims['exp']).toBeInstanceOf(Date)
      time.advance(66_000)
      await expect(one.verify(token)).rejects.toMatchObject({ code: 'token_expired' })
    })

    it('leaves the claims as the issuer made them', async () => {
      expect((await verifier(inPlace).verify(foreign.sign(claims))).issued).toEqual(claims)
    })
  })

  it('that fails by itself is no fault of the token', async () => {
    const failure = new RangeError('a fault of the schema')
    const schema = schemaOf(() => Promise.reject(failure))
    const refusal: unknown = await verifier(schema)
      .verify(foreign.sign(claims))
      .catch((error: unknown) => error)
    expect(refusal).not.toBeInstanceOf(TokenError)
  })

  it.each([
    ['null', null],
    ['a function', () => true],
    ['an object without the interface', { parse: () => true }],
    ['another version', { '~standard': { version: 2, vendor: 'x', validate: () => ({ value: 1 }) } }],
    ['no validate()', { '~standard': { version: 1, vendor: 'x' } }],
    ['a text', 'claims'],
  ])('cannot be %s', (_, schema) => {
    expect(() => verifier(schema as unknown as StandardSchema)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'claims' }),
    )
  })
})
