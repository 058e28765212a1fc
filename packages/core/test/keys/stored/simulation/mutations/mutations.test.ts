import { MutatedSources, mutated } from './mutated-sources.ts'
import { type Mutation, mutations } from './mutations.ts'

const { FLEET_SEED, FLEET_SEEDS } = process.env

describe('a mutation that breaks the rule', () => {
  it.each(mutations)('“$rule” changes one place in the sources', async (mutation) => {
    await expect(mutated(mutation)).resolves.not.toBe('')
  })
})

/** Only in `npm run fleet`: takes minutes. */
if (FLEET_SEEDS !== undefined && FLEET_SEED === undefined) {
  const days = 40
  /** Several for each plan: some mutations do harm only at a moment that is rare. */
  const seeds = Array.from({ length: 30 }, (_, index) => index + 1)

  let sources: MutatedSources

  beforeAll(async () => {
    sources = await MutatedSources.copy()
  }, 60_000)

  afterAll(() => sources.remove())

  const outcomeOf = async (mutation: Mutation): Promise<string> => {
    for (const seed of seeds) {
      const said = await sources.simulate(mutation, { seed, days, hurry: 10 })
      if (said !== 'no rule was broken') return said
    }
    return 'no rule was broken'
  }

  describe('the simulation of a fleet', () => {
    it.each(mutations)(
      'notices if this does not hold: $rule',
      async (mutation) => {
        expect(await outcomeOf(mutation)).toMatch(mutation.caught)
      },
      30 * 60_000,
    )
  })
}
