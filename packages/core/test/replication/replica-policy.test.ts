import { ReplicaPolicy } from '../../src/replication/replica-policy.ts'
import { type Clock, momentOf, systemClock } from '../../src/clock.ts'
import { TwoClocks } from '../support/two-clocks.ts'

const second = 1000
const hour = 3_600_000

function setting(random: () => number = () => 0.5, pollInterval = 5 * second) {
  const clock = new TwoClocks()
  const policy = new ReplicaPolicy({ staleIfError: hour, pollInterval, requestTimeout: 2 * second, clock, random })
  return { clock, policy, succeed: () => policy.succeeded(momentOf(clock)) }
}

describe('a replica', () => {
  it('is unusable until it was read', () => {
    const { policy } = setting()
    policy.failed()
    expect(policy).toMatchObject({ isUsable: false, age: undefined })
  })

  const limit = hour + 5 * second
  it.each<[string, (clock: TwoClocks) => void, boolean]>([
    ['at once', () => undefined, true],
    ['just before the end of the outage window', (clock) => clock.advance(limit - 1), true],
    ['at the end of the outage window', (clock) => clock.advance(limit), false],
    ['after ten minutes asleep', (clock) => clock.sleep(hour / 6), true],
    ['after more than the outage window asleep', (clock) => clock.sleep(limit), false],
    [
      'when the outage window has passed, and the clock was set back',
      (clock) => {
        clock.advance(limit)
        clock.setBack(2 * hour)
      },
      false,
    ],
  ])('read %s: usable as it should be', (_, pass, isUsable) => {
    const { clock, policy, succeed } = setting()
    succeed()
    pass(clock)
    expect(policy.isUsable).toBe(isUsable)
  })

  const afterTheWindow = Date.now() + 2 * limit
  it.each<[string, number, Clock, boolean]>([
    ['now', Date.now(), systemClock, true],
    ['after the end of the outage window', afterTheWindow, systemClock, false],
    ['before the read, because the clock was set back', Date.now() - hour, systemClock, true],
    ['after the end of the outage window, and it has a clock of its own', afterTheWindow, new TwoClocks(), true],
  ])('is usable by a time that was just read, if it should be: %s', (_, now, clock, isUsable) => {
    const policy = new ReplicaPolicy({
      staleIfError: hour,
      pollInterval: 5 * second,
      clock,
      requestTimeout: 2 * second,
      random: () => 0.5,
    })
    policy.succeeded(momentOf(clock))
    expect(policy.isUsableAt(now)).toBe(isUsable)
    // While reads fail, no timer notices that the clock was set back, so both clocks are read.
    policy.failed()
    expect(policy.isUsableAt(now)).toBe(true)
  })

  it('is as old as the start of its last successful read', () => {
    const { clock, policy } = setting()
    const startedAt = momentOf(clock)
    clock.advance(second)
    policy.succeeded(startedAt)
    expect(policy.age).toBe(second)
  })

  it('is not renewed by failures', () => {
    const { clock, policy, succeed } = setting()
    succeed()
    for (let minute = 0; minute < 61; minute += 1) {
      clock.advance(60 * second)
      policy.failed()
    }
    expect(policy).toMatchObject({ isUsable: false, age: 61 * 60 * second })
  })
})

describe('the time until the next read', () => {
  it.each([
    [0, 4 * second],
    [0.5, 4.5 * second],
    [1, 5 * second],
  ])('after a success, with the random number %p, is %p ms', (chance, wait) => {
    const { policy, succeed } = setting(() => chance)
    succeed()
    expect(policy.nextWait()).toBe(wait)
  })

  it('grows with failures up to half a minute', () => {
    const { policy } = setting(() => 1)
    const waits = Array.from({ length: 8 }, () => {
      policy.failed()
      return policy.nextWait() / second
    })
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30])
  })

  it('grows up to a poll interval that is longer than that', () => {
    const { policy } = setting(() => 1, 60 * second)
    for (let failure = 0; failure < 20; failure += 1) policy.failed()
    expect(policy.nextWait()).toBe(60 * second)
  })

  it('is drawn once for each failure, so that what is reported is true', () => {
    const chances = [0.3, 0.9]
    const { policy } = setting(() => chances.shift() ?? 0)
    policy.failed()
    expect([policy.nextWait(), policy.nextWait(), policy.retryIn]).toEqual([300, 300, 300])
  })

  it('counts down after a failure, and is short again after a success', () => {
    const { clock, policy, succeed } = setting(() => 1)
    policy.failed()
    clock.advance(400)
    expect(policy.retryIn).toBe(600)
    succeed()
    expect(policy).toMatchObject({ retryIn: 0 })
    policy.failed()
    expect(policy.retryIn).toBe(second)
  })
})

describe('the time until the read after a notification', () => {
  it.each([
    ['in ordinary times, is within a quarter of a second', false, 5 * second, [0, 125, 250]],
    ['is not longer than a short poll interval', false, 100, [0, 50, 100]],
    ['after failures, is spread over a poll interval', true, 5 * second, [0, 2500, 5000]],
  ])('%s', (_, isFailing, pollInterval, waits) => {
    const drawn = [0, 0.5, 1].map((chance) => {
      const { policy, succeed } = setting(() => chance, pollInterval)
      succeed()
      if (isFailing) policy.failed()
      return policy.newsWait()
    })
    expect(drawn).toEqual(waits)
  })
})
