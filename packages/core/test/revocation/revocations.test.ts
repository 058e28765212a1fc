import { ConfigurationError, InvalidRevocationError, KeyStoreUnavailableError } from '../../src/errors.ts'
import { Revocations } from '../../src/revocation/revocations.ts'
import type { RevocationsOptions } from '../../src/revocation/revocation-options.ts'
import type { TokensToRevoke } from '../../src/revocation/tokens-to-revoke.ts'
import { closeRevocations, Fleet, hour, iss } from './setting.ts'
import { tokenFor } from './tokens.ts'

afterAll(closeRevocations)

const other = 'https://other.example.com'
const minute = 60_000
const kinds = ['jti', 'sid', 'sub', 'client_id'] as const

function tokens(kind: (typeof kinds)[number], value: string, limits: object = {}): TokensToRevoke {
  return { [kind]: value, ...limits } as unknown as TokensToRevoke
}

describe.each(kinds)('revoking by %s', (kind) => {
  it('refuses the tokens with this value, and no others', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    await revocations.revoke(tokens(kind, 'a'))
    expect(revocations.isRevoked(fleet.claims({ [kind]: 'a' }))).toBe(true)
    for (const value of ['b', '', 'A', 'a ', 1, undefined, null, ['a']])
      expect(revocations.isRevoked(fleet.claims({ [kind]: value }))).toBe(false)
  })

  it('has nothing to do with the same value in another claim', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    await revocations.revoke(tokens(kind, 'a'))
    const others = Object.fromEntries(kinds.filter((one) => one !== kind).map((one) => [one, 'a']))
    expect(revocations.isRevoked(fleet.claims(others))).toBe(false)
  })

  it.each([
    ['of one issuer', { iss }, { iss }, true],
    ['of another issuer', { iss: other }, { iss }, false],
    ['of all issuers', {}, { iss: other }, true],
    ['of one issuer: not a token without an issuer', { iss }, { iss: undefined }, false],
  ])('refuses the tokens %s', async (_, limits, claims, isRevoked) => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    await revocations.revoke(tokens(kind, 'a', limits))
    expect(revocations.isRevoked(fleet.claims({ [kind]: 'a', ...claims }))).toBe(isRevoked)
  })

  it('ends with the longest token lifetime, and not before', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    const claims = fleet.claims({ [kind]: 'a' })
    await revocations.revoke(tokens(kind, 'a'))
    fleet.clock.advance(hour)
    await revocations.refresh()
    expect(revocations.isRevoked(claims)).toBe(true)
    fleet.clock.advance(61_000)
    expect(revocations.isRevoked(claims)).toBe(false)
    expect([...revocations.list()]).toEqual([])
  })
})

describe('the time at which a token was issued', () => {
  const second = 1000

  it.each([
    ['sub', -hour, true],
    ['sub', 0, true],
    ['sub', 999, true],
    ['sub', second, false],
    ['client_id', 0, true],
    ['client_id', second, false],
    ['sid', second, true],
    ['sid', hour, true],
    ['jti', hour, true],
  ] as const)('by %s, %p ms after the revocation: refused is %p', async (kind, after, isRevoked) => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    const iat = Math.floor((fleet.clock.now() + after) / 1000)
    await revocations.revoke(tokens(kind, 'a'))
    expect(revocations.isRevoked(fleet.claims({ [kind]: 'a', iat }))).toBe(isRevoked)
  })

  it.each<[string, unknown, boolean]>([
    ['is a fraction of the second', 0.999, true],
    ['is in the next second', 1, false],
    ['is missing', undefined, true],
    ['is no number', '0', true],
  ])('%s: refused is %p', async (_, offset, isRevoked) => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    await revocations.revoke({ sub: 'user-1' })
    const iat = typeof offset === 'number' ? fleet.clock.seconds() + offset : offset
    expect(revocations.isRevoked(fleet.claims({ iat }))).toBe(isRevoked)
  })

  it.each([
    ['a Date', (ms: number) => new Date(ms)],
    ['milliseconds', (ms: number) => ms],
  ])('is compared with `issuedBefore`: %s', async (_, given) => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    const now = fleet.clock.now()
    await revocations.revoke({ sid: 'session-1', issuedBefore: given(now - hour), until: given(now + 2 * hour) })
    const at = (moment: number): boolean => revocations.isRevoked(fleet.claims({ iat: moment / 1000 }))
    expect([at(now - hour - second), at(now - hour), at(now - hour + second)]).toEqual([true, true, false])
    fleet.clock.advance(2 * hour + minute - 1)
    await revocations.refresh()
    expect(at(now - hour)).toBe(true)
    fleet.clock.advance(1)
    expect(at(now - hour)).toBe(false)
  })

  it('may be ahead by `clockSkew`', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open({ clockSkew: '5s' })
    await revocations.revoke({ sub: 'user-1' })
    const ahead = (seconds: number): boolean =>
      revocations.isRevoked(fleet.claims({ iat: fleet.clock.seconds() + seconds }))
    expect([ahead(5), ahead(6)]).toEqual([true, false])
  })
})

it('combines revocations of the same identifier: the later time counts, in any order', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ] as const) {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    const now = fleet.clock.now()
    const both = [
      { sub: 'user-1', issuedBefore: now, until: now + hour },
      { sub: 'user-1', issuedBefore: now - hour, until: now + 3 * hour },
    ]
    for (const index of order) await revocations.revoke(both[index] as TokensToRevoke)
    expect([...revocations.list({ sub: 'user-1' })]).toMatchObject([
      { issuedBefore: now, until: now + 3 * hour + minute },
    ])
  }
})

it.each([
  ['jti', { jti: 'token-1' }],
  ['sub', { sub: 'u' }],
])(
  'a token that is revoked by %s until its `exp` is refused while verifiers tolerate that it has expired',
  async (_, given) => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    const { verifier, token } = await tokenFor(fleet, revocations)
    const { exp, jti } = (await verifier.verify(token)).claims
    const tokensToRevoke = 'jti' in given ? { jti: String(jti) } : given
    await revocations.revoke({ ...tokensToRevoke, until: exp * 1000 })
    // Up to the default of `clockTolerance`.
    fleet.clock.advance(exp * 1000 + 4000 - fleet.clock.now())
    await revocations.refresh()
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token_revoked' })
    fleet.clock.advance(1000)
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token_expired' })
  },
)

describe('two instances on one store', () => {
  it('share revocations', async () => {
    const fleet = new Fleet()
    const [one, two] = [await fleet.open(), await fleet.open()]
    await one.revoke({ jti: 'token-1' })
    expect([one, two].map((revocations) => revocations.isRevoked(fleet.claims()))).toEqual([true, false])
    await two.refresh()
    expect(two.isRevoked(fleet.claims())).toBe(true)
  })

  it('lose nothing when they revoke the same subject at the same time', async () => {
    const fleet = new Fleet()
    const instances = await Promise.all([0, 1, 2, 3].map(() => fleet.open()))
    const now = fleet.clock.now()
    await Promise.all(
      instances.flatMap((revocations, index) => [
        revocations.revoke({ sub: 'user-1', issuedBefore: now + index * 1000, until: now + hour }),
        revocations.revoke({ sub: 'user-1', issuedBefore: now, until: now + hour + index * 1000 }),
        revocations.revoke({ sub: 'user-2', issuedBefore: now, until: now + hour }),
      ]),
    )
    for (const revocations of [...instances, await fleet.open()]) {
      await revocations.refresh()
      expect([...revocations.list({ sub: 'user-1' })]).toMatchObject([
        { issuedBefore: now + 3000, until: now + hour + 3000 + minute },
      ])
      expect([...revocations.list()]).toHaveLength(2)
    }
  })

  it('keep no identifier in the store in the clear', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    const secret = 'alice@example.com'
    for (const kind of kinds) await revocations.revoke(tokens(kind, secret, { iss }))
    const written = JSON.stringify([...(await fleet.store.values())])
    expect(written).toContain('revoked:')
    for (const hidden of [secret, 'alice', Buffer.from(secret).toString('base64url'), iss])
      expect(written).not.toContain(hidden)
  })

  it('have a revision that changes when tokens are revoked, on either of them, and not otherwise', async () => {
    const fleet = new Fleet()
    const [one, two] = [await fleet.open(), await fleet.open()]
    const seen: (number | undefined)[] = [two.revision()]
    const until = fleet.clock.now() + hour
    const changes: readonly TokensToRevoke[] = [
      { jti: 'a', until },
      { sub: 'a', issuedBefore: fleet.clock.now(), until },
      { sub: 'a', issuedBefore: fleet.clock.now() + 5000, until },
    ]
    for (const [index, change] of changes.entries()) {
      await (index % 2 === 0 ? one : two).revoke(change)
      await two.refresh()
      seen.push(two.revision())
      // The same once more changes nothing.
      await one.revoke(change)
      await two.refresh()
      expect(two.revision()).toBe(seen.at(-1))
    }
    expect(new Set(seen).size).toBe(4)
    fleet.store.fault = new Error('connection refused')
    fleet.clock.advance(3 * hour)
    expect(two.revision()).toBeUndefined()
  })

  it('refuse a token that one of them remembers, as soon as it knows', async () => {
    const fleet = new Fleet()
    const [one, two] = [await fleet.open(), await fleet.open()]
    const { verifier, token } = await tokenFor(fleet, two)
    for (let use = 0; use < 2; use += 1) await verifier.verify(token)
    await one.revoke({ sub: 'another' })
    await two.refresh()
    await verifier.verify(token)
    await one.revoke({ sub: 'u', iss })
    await two.refresh()
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token_revoked' })
  })

  it('share nothing without a store', async () => {
    const fleet = new Fleet()
    const [one, two] = [await fleet.open({ store: undefined }), await fleet.open({ store: undefined })]
    await one.revoke({ jti: 'token-1' })
    await two.refresh()
    expect([one, two].map((revocations) => revocations.isRevoked(fleet.claims()))).toEqual([true, false])
  })
})

describe('what says which tokens', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a string', 'token-1'],
    ['no identifier', {}],
    ['only an issuer', { iss }],
    ['two identifiers', { jti: 'a', sub: 'b' }],
    ['an empty identifier', { jti: '' }],
    ['an identifier that is not a string', { sub: 1 }],
    ['an unknown member', { jti: 'a', issuer: iss }],
    ['an empty issuer', { jti: 'a', iss: '' }],
    ['a time in seconds', { jti: 'a', until: 1_800_000_000 }],
    ['a time that is none', { jti: 'a', until: new Date('never') }],
    ['a time that is a string', { sub: 'a', issuedBefore: '2026-01-01' }],
  ])('is refused if it is %s', async (_, given) => {
    const revocations = await new Fleet().open()
    await expect(revocations.revoke(given as TokensToRevoke)).rejects.toThrow(InvalidRevocationError)
    expect(revocations.health().entries).toBe(0)
  })

  it('is ignored if all of these tokens have expired', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    await revocations.revoke({ jti: 'token-1', until: fleet.clock.now() - minute })
    expect(fleet.store.writes).toBe(0)
  })

  it('may be an identifier of any characters and length', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    const values = ['a'.repeat(100_000), '用户', '\ud800', '__proto__', 'a:b', '"', '\0']
    for (const sub of values) await revocations.revoke({ sub })
    for (const sub of values) expect(revocations.isRevoked(fleet.claims({ sub }))).toBe(true)
    expect(revocations.isRevoked(fleet.claims({ sub: '\ud801' }))).toBe(false)
  })
})

describe('options', () => {
  it.each<[string, RevocationsOptions]>([
    ['longestTokenLifetime', { longestTokenLifetime: 0 }],
    ['maxEntries', { maxEntries: 0 }],
    ['store', { store: {} as never }],
    ['pollInterval', { pollInterval: '0s' }],
    ['clockSkew', { clockSkew: -1 }],
  ])('are checked: %s', async (option, options) => {
    const error = await Revocations.open(options).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ option })
  })
})

describe('with as many revocations as it may hold', () => {
  it('refuses further ones, forgets none, and takes further ones when some have ended', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open({ maxEntries: 2 })
    const until = fleet.clock.now() + 10_000
    for (const jti of ['a', 'b']) await revocations.revoke({ jti, until })
    await expect(revocations.revoke({ jti: 'c' })).rejects.toThrow(KeyStoreUnavailableError)
    expect(fleet.store.writes).toBe(2)
    expect(['a', 'b', 'c'].map((jti) => revocations.isRevoked(fleet.claims({ jti })))).toEqual([true, true, false])
    fleet.clock.advance(10_000 + minute)
    await revocations.revoke({ jti: 'c' })
    expect(revocations.isRevoked(fleet.claims({ jti: 'c' }))).toBe(true)
  })

  it('counts a store with more as unreadable, because it would ignore some', async () => {
    const fleet = new Fleet()
    const revocations = await fleet.open()
    for (const jti of ['a', 'b', 'c']) await revocations.revoke({ jti })
    const attempt = fleet.open({ maxEntries: 2 })
    await expect(attempt).rejects.toMatchObject({
      code: 'key_store_unavailable',
      cause: { message: expect.stringContaining('maxEntries') as string },
    })
    await expect(fleet.open({ maxEntries: 3 })).resolves.toBeDefined()
  })
})
