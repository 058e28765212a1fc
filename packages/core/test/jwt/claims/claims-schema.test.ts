import { inspect } from 'node:util'
import { TokenError } from '../../../src/errors.ts'
import type { SchemaResult, StandardSchema } from '../../../src/jwt/claims/standard-schema.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'

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

/** Keeps two claims, transforms one of them, and drops the rest, like schema libraries. */
function tenantClaims(value: unknown): SchemaResult<TenantClaims> {
  const { sub, tenant } = value as Record<string, unknown>
  if (typeof sub !== 'string' || typeof tenant !== 'string')
    return { issues: [{ message: `tenant is ${inspect(tenant)}`, path: ['tenant'] }, { message: 'and more' }] }
  return { value: { sub, tenant: tenant.toLowerCase() } }
}

class Caller {
  #role = 'user'
  promote(): void {
    this.#role = 'admin'
  }
  get role(): string {
    return this.#role
  }
  [inspect.custom](): string {
    return this.#role
  }
}

const hidden = Symbol('hidden')

function pushAdmin({ roles: list }: { roles: string[] }): void {
  list.push('admin')
}

/** Creates an object with a getter that returns a mutable array. */
function getter(): object {
  const list = ['user']
  return Object.defineProperty({ [inspect.custom]: () => list.join() }, 'roles', { get: () => list, enumerable: true })
}

/** Tries a change. A frozen value throws. */
function attempt(change: () => unknown): unknown {
  try {
    return change()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return error
  }
}

function verifier<Claims>(
  schema: StandardSchema<Claims>,
  options: VerifierOptions<Claims> = {},
): TokenVerifier<Claims> {
  return new TokenVerifier<Claims>({ issuer, audience, jwksUrl, clock, fetch, claims: schema, ...options })
}

describe.each<[string, StandardSchema<TenantClaims>]>([
  ['synchronously', schemaOf(tenantClaims)],
  ['asynchronously', schemaOf(async (value) => tenantClaims(value))],
  ['and is a function', Object.assign(() => undefined, schemaOf(tenantClaims))],
])('a claims schema that validates %s', (_, schema) => {
  it('transforms and types the claims', async () => {
    const { claims: validated } = await verifier(schema).verify(foreign.sign(claims))
    const { tenant }: { tenant: string } = validated
    expect({ validated, tenant }).toEqual({ validated: { sub: 'user-1', tenant: 'acme' }, tenant: 'acme' })
  })

  it('does not affect the scopes', async () => {
    expect((await verifier(schema).verify(foreign.sign(claims))).scopes).toEqual(['a', 'b'])
  })

  it('refuses claims that do not match, and puts the reasons into the cause', async () => {
    const token = foreign.sign({ ...claims, tenant: 5 })
    const refusal: unknown = await verifier(schema)
      .verify(token)
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TokenError)
    expect(refusal).toMatchObject({
      code: 'claims_rejected',
      message: 'the claims do not match the schema',
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
  ])('is not called for a token that is refused for its %s', async (_, token, code) => {
    const seen: unknown[] = []
    const schema = schemaOf((value) => {
      seen.push(value)
      return { value }
    })
    await expect(verifier(schema).verify(token)).rejects.toMatchObject({ code })
    expect(seen).toEqual([])
  })

  it('cannot supply a missing claim, because the checks run first', async () => {
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

  describe('that modifies its input', () => {
    const inPlace = schemaOf((value) => {
      const given = value as Record<string, unknown>
      given['exp'] = new Date(Number(given['exp']) * 1000)
      given['acr'] = 'as strong as can be'
      return { value: given }
    })

    it('does not extend the validity of a cached token', async () => {
      const time = new ManualClock()
      const one = verifier(inPlace, { clock: time })
      const token = foreign.sign({ ...claims, exp: time.seconds() + 60 })
      expect((await one.verify(token)).claims['exp']).toBeInstanceOf(Date)
      expect((await one.verify(token)).claims['exp']).toBeInstanceOf(Date)
      time.advance(66_000)
      await expect(one.verify(token)).rejects.toMatchObject({ code: 'token_expired' })
    })

    it('leaves the issued claims unchanged', async () => {
      expect((await verifier(inPlace).verify(foreign.sign(claims))).issued).toEqual(claims)
    })
  })

  describe('whose result is mutable', () => {
    const shared = ['shared by all modules']
    const results: readonly (readonly [string, () => unknown, (claims: never) => void])[] = [
      ['an array', () => ({ roles: ['user'] }), ({ roles }: { roles: string[] }) => roles.push('admin')],
      ['an array in a shallowly frozen object', () => Object.freeze({ roles: ['user'] }), pushAdmin],
      [
        'an array in an object without a prototype',
        () => Object.assign(Object.create(null), { roles: ['user'] }),
        pushAdmin,
      ],
      ['a Set', () => ({ roles: new Set(['user']) }), ({ roles }: { roles: Set<string> }) => roles.add('admin')],
      ['a Map', () => new Map([['role', 'user']]), (map: Map<string, string>) => map.set('role', 'admin')],
      ['a Date', () => ({ at: new Date(0) }), ({ at }: { at: Date }) => at.setTime(1)],
      ['an instance of a class', () => new Caller(), (caller: Caller) => caller.promote()],
      ['a getter', getter, ({ roles }: { roles: string[] }) => roles.push('admin')],
      ['bytes', () => ({ bytes: new Uint8Array(1) }), ({ bytes }: { bytes: Uint8Array }) => bytes.fill(7)],
      [
        'an array under a symbol',
        () => ({ [hidden]: ['user'] }),
        (caller: { [hidden]: string[] }) => caller[hidden].push('admin'),
      ],
    ]

    it.each(results)('does not share mutable state between requests: %s', async (_, make, change) => {
      const one = verifier(schemaOf(() => ({ value: make() })))
      const token = foreign.sign(claims)
      // Two requests come at the same time, and a third one when the token is cached.
      const [first, second] = await Promise.all([one.verify(token), one.verify(token)])
      const before = inspect(second.claims, { depth: 5, showHidden: true })
      expect([first, second].map((held) => attempt(() => change(held.claims as never)))).toHaveLength(2)
      const third = await one.verify(token)
      expect(inspect(third.claims, { depth: 5, showHidden: true })).toBe(before)
    })

    it('keeps a cached token synchronous if the result consists of plain objects and arrays', async () => {
      const one = verifier(schemaOf(() => ({ value: { roles: ['user'], address: { city: 'Bern' }, shared } })))
      const token = foreign.sign(claims)
      await one.verify(token)
      expect(one.recallOrVerify(token)).not.toBeInstanceOf(Promise)
    })

    it('may return a circular result', async () => {
      const circle: { self?: unknown } = {}
      circle.self = circle
      const one = verifier(schemaOf(() => ({ value: circle })))
      expect((await one.verify(foreign.sign(claims))).claims).toBe(circle)
    })
  })

  it('that does not settle within five seconds makes the verification unavailable', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      let begin!: () => void
      const begun = new Promise<void>((resolve) => (begin = resolve))
      const schema = schemaOf<never>(() => {
        begin()
        return new Promise(() => undefined)
      })
      const verdict = expect(verifier(schema).verify(foreign.sign(claims))).rejects.toMatchObject({
        code: 'verification_unavailable',
      })
      await begun
      jest.advanceTimersByTime(5000)
      await verdict
    } finally {
      jest.useRealTimers()
    }
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'fine'],
    ['a number', 1],
  ])('that returns %s makes the verification unavailable', async (_, answer) => {
    const schema = schemaOf(() => answer as unknown as SchemaResult<unknown>)
    await expect(verifier(schema).verify(foreign.sign(claims))).rejects.toMatchObject({
      code: 'verification_unavailable',
    })
  })

  it('that rejects does not cause a TokenError', async () => {
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
    ['a string', 'claims'],
  ])('cannot be configured as %s', (_, schema) => {
    expect(() => verifier(schema as unknown as StandardSchema)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'claims' }),
    )
  })
})
