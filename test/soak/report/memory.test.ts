import { growthPerMinute } from './memory.ts'

const minute = 60_000

/** A measurement every half minute, for ten minutes. */
function measured(live: (minutes: number) => number): { at: number; live: number }[] {
  return Array.from({ length: 21 }, (_, index) => ({ at: (index * minute) / 2, live: live(index / 2) }))
}

it.each([
  ['stays the same', () => 40, 0],
  ['grows all the time', (minutes: number) => 40 + 2 * minutes, 2],
  ['grows until half of the time has passed', (minutes: number) => 40 + 8 * Math.min(minutes, 5), 0],
  ['begins to grow then', (minutes: number) => 40 + 3 * Math.max(0, minutes - 5), 3],
  ['goes up and down', (minutes: number) => 40 + (minutes % 1), 0],
  ['shrinks', (minutes: number) => 60 - minutes, -1],
])('the growth of memory that %s', (_, live, growth) => {
  expect(growthPerMinute(measured(live))).toBeCloseTo(growth, 1)
})
