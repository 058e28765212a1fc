import { planOf } from './plan.ts'

const minute = 60_000

it('is the same for the same seed, and another one for another', () => {
  expect(planOf(1, minute)).toEqual(planOf(1, minute))
  expect(planOf(1, minute)).not.toEqual(planOf(2, minute))
})

it.each([
  ['a few seconds', 6000],
  ['ten minutes', 10 * minute],
])('lets everything happen within %s, in order', (_, duration) => {
  const { happenings } = planOf(1, duration)
  const times = happenings.map(({ at }) => at)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(new Set(happenings.map(({ what }) => what)).size).toBe(11)
})

it('lets a long soak have one outage that outlasts the keys, and a calm end', () => {
  const { happenings, staleIfError, calmFrom } = planOf(1, 10 * minute)
  const failing = happenings.filter(({ what }) => what === 'issuer fails' || what === 'issuer recovers')
  const outages = failing.filter(({ what, at }, index) => {
    return what === 'issuer fails' && (failing[index + 1]?.at ?? 0) - at > staleIfError
  })
  expect(outages).toHaveLength(1)
  expect(failing.at(-1)?.at).toBeLessThanOrEqual(calmFrom)
})
