import { BackOff } from '../src/back-off.ts'
import { ManualClock } from './support/clock.ts'

function setting(random: () => number) {
  const clock = new ManualClock()
  return { clock, backOff: new BackOff({ longest: 60_000, clock, random }) }
}

/** The waits after this many failures in a row, in seconds. */
function waits(count: number, chance: number): number[] {
  const { backOff } = setting(() => chance)
  return Array.from({ length: count }, () => {
    backOff.failed()
    return backOff.retryIn / 1000
  })
}

it('doubles from one second to the longest', () => {
  expect(waits(9, 1)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
})

it('has full jitter, from zero to the whole wait', () => {
  expect(waits(8, 0)).toEqual(Array.from({ length: 8 }, () => 0))
  expect(waits(8, 0.5)).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30])
})

it('stays finite after any number of failures', () => {
  expect(waits(2000, 1).at(-1)).toBe(60)
})

it('counts down, and starts small again after a success', () => {
  const { clock, backOff } = setting(() => 1)
  expect(backOff).toMatchObject({ isFailing: false, retryIn: 0 })
  backOff.failed()
  backOff.failed()
  clock.advance(500)
  expect(backOff).toMatchObject({ isFailing: true, retryIn: 1500 })
  clock.advance(2000)
  expect(backOff).toMatchObject({ isFailing: true, retryIn: 0 })
  backOff.succeeded()
  backOff.failed()
  expect(backOff.retryIn).toBe(1000)
})

it.each([
  ['longer', 5000, 5000],
  ['shorter', 100, 1000],
])('respects a wait that the server asked for: %s than its own', (_, least, retryIn) => {
  const { backOff } = setting(() => 1)
  backOff.failed(least)
  expect(backOff.retryIn).toBe(retryIn)
})
