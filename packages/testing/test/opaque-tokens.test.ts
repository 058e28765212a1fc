import { OpaqueTokens } from '../src/issuer/opaque-tokens.ts'

const minute = 60_000
let now = 1_800_000_000_000
const clock = { now: () => now }

function claimsFor(minutes: number): { exp: number } {
  return { exp: (now + minutes * minute) / 1000 }
}

function jwtFor(name: number, minutes: number): string {
  const claims = { ...claimsFor(minutes), name }
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
}

describe('the opaque tokens of an issuer', () => {
  it('are forgotten when they have expired', () => {
    const tokens = new OpaqueTokens({ clock })
    for (let created = 0; created < 20_000; created += 1) {
      tokens.create(claimsFor(1))
      now += minute / 100
    }
    expect(tokens.size).toBeLessThan(5000)
    const live = tokens.create(claimsFor(1))
    expect(tokens.claimsOf(live)).toEqual(claimsFor(1))
  })

  it('are forgotten when they are revoked', () => {
    const tokens = new OpaqueTokens({ clock })
    const token = tokens.create(claimsFor(1), { answer: { active: true } })
    tokens.revoke(token)
    expect([tokens.claimsOf(token), tokens.forgedAnswer(token), tokens.size]).toEqual([undefined, undefined, 0])
  })

  it('are remembered at most so many, the newest of them', () => {
    const tokens = new OpaqueTokens({ clock, max: 10 })
    const created = Array.from({ length: 15 }, () => tokens.create(claimsFor(1)))
    expect(created.map((token) => tokens.claimsOf(token) !== undefined)).toEqual([
      ...Array.from({ length: 5 }, () => false),
      ...Array.from({ length: 10 }, () => true),
    ])
  })
})

describe('the revocations of an issuer', () => {
  it('hold for a JWT until it has expired', () => {
    const tokens = new OpaqueTokens({ clock })
    for (let revoked = 0; revoked < 20_000; revoked += 1) {
      tokens.revoke(jwtFor(revoked, 1))
      now += minute / 100
    }
    expect(tokens.size).toBeLessThan(5000)
    const last = jwtFor(0, 1)
    tokens.revoke(last)
    expect([tokens.isRevoked(last), tokens.isRevoked(jwtFor(1, 1))]).toEqual([true, false])
  })

  it.each(['unknown', 'opaque_unknown', 'a.b.c', '..', 'e30.bnVsbA.c2ln', 'e30.e30.c2ln'])(
    'are not kept for %s, which is never active',
    (token) => {
      const tokens = new OpaqueTokens({ clock })
      tokens.revoke(token)
      expect(tokens.size).toBe(0)
    },
  )
})
