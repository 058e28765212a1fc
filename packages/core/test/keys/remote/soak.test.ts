import { randomInt } from 'node:crypto'
import { soak } from './soak.ts'

const { SOAK_MINUTES, SOAK_SEED } = process.env
const minutes = Number(SOAK_MINUTES ?? 40)
const seed = SOAK_SEED === undefined ? randomInt(2 ** 31) : Number(SOAK_SEED)

describe(`${minutes} simulated minutes of faults and rotating keys`, () => {
  it(
    `refuse no good token and accept no removed key: seed ${seed}`,
    async () => {
      const report = await soak({ seed, minutes })
      if (SOAK_MINUTES !== undefined) process.stdout.write(`${JSON.stringify({ seed, minutes, ...report })}\n`)
      const { accepted, refused, refreshes, failures } = report
      for (const count of [accepted, refused, refreshes, failures]) expect(count).toBeGreaterThan(0)
    },
    30_000 + minutes * 5000,
  )
})
