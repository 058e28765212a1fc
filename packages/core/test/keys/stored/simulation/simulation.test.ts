import { randomInt } from 'node:crypto'
import { simulate } from './simulation.ts'

const { FLEET_DAYS, FLEET_SEED, FLEET_SEEDS } = process.env
const days = Number(FLEET_DAYS ?? 2)
/** A short simulation contains what happens a few times in a year. */
const hurry = FLEET_DAYS === undefined ? 20 : 1
/** Seeds in a row have different plans. */
const first = FLEET_SEEDS === undefined ? 1 : randomInt(2 ** 30)
const seeds = FLEET_SEED === undefined ? range(first, Number(FLEET_SEEDS ?? 1)) : [Number(FLEET_SEED)]

/** What must happen in every simulation. */
const happenings = ['issued', 'accepted', 'refused', 'rotations', 'weathers', 'pauses', 'leaks', 'fetched'] as const

describe(`${days} simulated days of eight instances with faults`, () => {
  it.each(seeds)(
    'break no rule: seed %i',
    async (seed) => {
      const report = await simulate({ seed, days, hurry })
      if (FLEET_DAYS !== undefined) process.stdout.write(`${JSON.stringify({ seed, days, ...report })}\n`)
      for (const name of happenings) expect([name, report[name]]).toEqual([name, expect.any(Number)])
      for (const name of happenings) expect([name, report[name]]).not.toEqual([name, 0])
    },
    60_000 + days * 30_000,
  )
})

function range(from: number, length: number): number[] {
  return Array.from({ length }, (_, index) => from + index)
}
