import type { VerificationKeys } from '@bearerkit/core'
import type { Figure } from './figure.ts'
import { inTurn, paceOf } from './pace.ts'
import { medians } from './rounds.ts'
import type { Scale } from './scale.ts'

/** Keys and the kids to look up. */
export interface Stock {
  readonly name: string
  readonly keys: VerificationKeys
  readonly alg: string
  readonly kids: readonly string[]
}

const nanosecondsPerSecond = 1e9
/** The tolerance for "the same" on a busy machine. */
const noise = 1.25

/** The time to find a known key among many keys, relative to the time among few. */
export async function lookUpTimes(few: Stock, many: Stock, { rounds, turn }: Scale): Promise<Figure> {
  const contestants = [few, many].map(({ name, keys, alg, kids }) => {
    const next = inTurn(kids)
    const lookUp = (): unknown => keys.verificationKeys({ kid: next(), alg })
    return { name, sample: async () => nanosecondsPerSecond / paceOf(lookUp, turn) }
  })
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds)
  return {
    name: 'look-up of a known kid',
    unit: 'ns',
    subject: of(many.name),
    relativeTo: of(few.name),
    target: { atMost: noise },
  }
}
