import type { Clock } from '../../../../src/clock.ts'
import { type Phase, RefreshPolicy } from '../../../../src/keys/remote/policy/refresh-policy.ts'
import { ManualClock } from '../../../support/clock.ts'
import { hour, minute } from '../remote-setting.ts'

interface Setting {
  policy: RefreshPolicy
  clock: ManualClock
}

function setting(random: () => number = () => 0.5, staleIfError = hour): Setting {
  const clock = new ManualClock()
  return { policy: new RefreshPolicy({ staleIfError, clock, random }), clock }
}

describe('the phases of a set', () => {
  it('start with cold', () => {
    const { policy } = setting()
    expect(policy).toMatchObject({ phase: 'cold', isUsable: false, age: undefined, refreshIn: undefined, retryIn: 0 })
  })

  it.each<[number, Phase, boolean]>([
    [0, 'fresh', true],
    [4 * minute - 1, 'fresh', true],
    [4 * minute, 'ageing', true],
    [5 * minute - 1, 'ageing', true],
    [5 * minute, 'stale', true],
    [65 * minute - 1, 'stale', true],
    [65 * minute, 'expired', false],
    [1000 * hour, 'expired', false],
  ])('after %p ms of a lifetime of five minutes: %s', (age, phase, isUsable) => {
    const { policy, clock } = setting()
    policy.succeeded(5 * minute)
    clock.advance(age)
    expect(policy).toMatchObject({ phase, isUsable, age, lifetime: 5 * minute })
  })

  it('skip stale if there is no outage window', () => {
    const { policy, clock } = setting(undefined, 0)
    policy.succeeded(5 * minute)
    clock.advance(5 * minute - 1)
    expect(policy.phase).toBe('ageing')
    clock.advance(1)
    expect(policy.phase).toBe('expired')
  })

  it('start again with every success, from any phase', () => {
    for (const age of [minute, 4.5 * minute, hour, 10 * hour]) {
      const { policy, clock } = setting()
      policy.succeeded(5 * minute)
      clock.advance(age)
      policy.succeeded(2 * minute)
      expect(policy).toMatchObject({ phase: 'fresh', age: 0, lifetime: 2 * minute })
    }
  })

  it('count from the time of the success, if it is in the past', () => {
    const { policy, clock } = setting()
    const wall = clock.now() - 6 * minute
    policy.succeeded(5 * minute, { wall, monotonic: wall })
    expect(policy).toMatchObject({ phase: 'stale', age: 6 * minute })
  })
})

describe('the outage window', () => {
  it('counts from the last success: neither failures nor reads renew it', () => {
    const { policy, clock } = setting()
    policy.succeeded(5 * minute)
    for (let elapsed = 0; elapsed < 65; elapsed += 1) {
      expect(policy.isUsable).toBe(true)
      policy.failed()
      clock.advance(minute)
    }
    expect(policy.phase).toBe('expired')
    policy.failed()
    expect(policy.phase).toBe('expired')
  })

  it.each<[string, (clock: { wall: number; monotonic: number }) => void]>([
    ['a clock that is set back', (time) => Object.assign(time, { wall: 0, monotonic: time.monotonic + 65 * minute })],
    ['a machine that sleeps', (time) => Object.assign(time, { wall: time.wall + 65 * minute })],
  ])('is not lengthened by %s', (_, pass) => {
    const time = { wall: 1_800_000_000_000, monotonic: 0 }
    const clock: Clock = { now: () => time.wall, monotonic: () => time.monotonic }
    const policy = new RefreshPolicy({ staleIfError: hour, clock, random: () => 0.5 })
    policy.succeeded(5 * minute)
    pass(time)
    expect(policy.phase).toBe('expired')
  })
})

describe('refreshing ahead', () => {
  it.each([
    [0, 0.72],
    [0.25, 0.76],
    [0.5, 0.8],
    [1, 0.88],
  ])('with the random number %p starts at %p of the lifetime', (chance, share) => {
    const { policy, clock } = setting(() => chance)
    policy.succeeded(100 * minute)
    expect(policy.refreshIn).toBeCloseTo(share * 100 * minute)
    clock.advance(Math.round(share * 100 * minute) - 1)
    expect(policy.phase).toBe('fresh')
    clock.advance(1)
    expect(policy).toMatchObject({ phase: 'ageing', refreshIn: 0 })
  })

  it('draws its random number once per success', () => {
    const chances = [0, 1]
    const { policy, clock } = setting(() => chances.shift() ?? 0.5)
    policy.succeeded(100 * minute)
    expect([policy.refreshIn, policy.refreshIn]).toEqual([72 * minute, 72 * minute])
    clock.advance(80 * minute)
    policy.succeeded(100 * minute)
    expect(policy.refreshIn).toBeCloseTo(88 * minute)
  })
})

/** The back-offs of this many failures in a row. */
function backOffs(count: number, chance: number): number[] {
  const { policy, clock } = setting(() => chance)
  return Array.from({ length: count }, () => {
    policy.failed()
    const { retryIn } = policy
    clock.advance(retryIn)
    expect(policy.retryIn).toBe(0)
    return retryIn
  })
}

describe('backing off', () => {
  it('doubles from one second to at most one minute', () => {
    expect(backOffs(9, 1).map((wait) => wait / 1000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('has full jitter, from zero to the whole back-off', () => {
    expect(backOffs(8, 0)).toEqual(Array.from({ length: 8 }, () => 0))
    expect(backOffs(8, 0.5).map((wait) => wait / 1000)).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30])
  })

  it('stays finite after any number of failures', () => {
    expect(backOffs(2000, 1).at(-1)).toBe(minute)
  })

  it('starts small again after a success', () => {
    const { policy } = setting(() => 1)
    for (let failure = 0; failure < 5; failure += 1) policy.failed()
    policy.succeeded(5 * minute)
    expect(policy.retryIn).toBe(0)
    policy.failed()
    expect(policy.retryIn).toBe(1000)
  })

  it('counts down', () => {
    const { policy, clock } = setting(() => 1)
    policy.failed()
    clock.advance(400)
    expect(policy.retryIn).toBe(600)
  })

  it('delays the refresh of the set', () => {
    const { policy, clock } = setting(() => 1)
    policy.succeeded(minute)
    clock.advance(minute)
    expect(policy.refreshIn).toBe(0)
    policy.failed()
    expect(policy.refreshIn).toBe(1000)
  })

  it.each([
    ['Retry-After', 120_000, 120_000],
    ['Retry-After up to five minutes', 10 * hour, 5 * minute],
    ['Retry-After, but not less than its own back-off', 100, 1000],
  ])('respects %s', (_, retryAfter, retryIn) => {
    const { policy } = setting(() => 1)
    policy.failed(retryAfter)
    expect(policy.retryIn).toBe(retryIn)
  })
})
