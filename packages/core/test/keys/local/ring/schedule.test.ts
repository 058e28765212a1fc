import { array, assert, integer, option, property, record } from 'fast-check'
import { isNeeded, type Retention, scheduleOf, type Term } from '../../../../src/keys/local/ring/schedule.ts'

const endless = { retiresAt: Infinity, destroyedAt: Infinity }

function term(version: number, createdAt: number, more: Partial<Term> = {}): Term {
  return { version, createdAt, activatesAt: -Infinity, ...endless, ...more }
}

describe('a schedule', () => {
  it.each<[string, Term[], Retention[], Record<number, [startsAt: number, retiresAt: number, destroysAt: number]>]>([
    ['of one version', [term(1, 0)], [], { 1: [0, Infinity, Infinity] }],
    ['of two versions', [term(1, 0), term(2, 5)], [], { 1: [0, 5, Infinity], 2: [5, Infinity, Infinity] }],
    [
      'of a pending version',
      [term(1, 0), term(2, 5, { activatesAt: 9 })],
      [{ since: 5, retainFor: 2 }],
      { 1: [0, 9, 11], 2: [9, Infinity, Infinity] },
    ],
    [
      'whose pending version is destroyed',
      [term(1, 0), term(2, 5, { activatesAt: 9, destroyedAt: 7 })],
      [],
      { 1: [0, Infinity, Infinity] },
    ],
    [
      'whose active version is destroyed: the pending one starts then',
      [term(1, 0, { destroyedAt: 7 }), term(2, 5, { activatesAt: 9 }), term(3, 6, { activatesAt: 20 })],
      [],
      { 2: [7, 20, Infinity], 3: [20, Infinity, Infinity] },
    ],
    [
      'whose newest version is destroyed after it took over: the older one stays retired',
      [term(1, 0), term(2, 5, { destroyedAt: 7 })],
      [],
      { 1: [0, 5, Infinity] },
    ],
    [
      'whose retention came after the retirement: it counts from then on',
      [term(1, 0), term(2, 5)],
      [{ since: 8, retainFor: 3 }],
      { 1: [0, 5, 11], 2: [5, Infinity, Infinity] },
    ],
    [
      'whose retention changed after the retirement: the former one holds',
      [term(1, 0), term(2, 5)],
      [
        { since: 4, retainFor: 3 },
        { since: 6, retainFor: 30 },
      ],
      { 1: [0, 5, 8], 2: [5, Infinity, Infinity] },
    ],
    ['of a version with an end of its own', [term(1, 0, { retiresAt: 4 })], [], { 1: [0, 4, Infinity] }],
  ])('%s', (_, terms, retention, expected) => {
    const schedules = scheduleOf(terms, retention)
    for (const [version, moments] of Object.entries(expected)) {
      const { startsAt, retiresAt, destroysAt } = schedules.get(Number(version)) ?? {}
      expect([startsAt, retiresAt, destroysAt]).toEqual(moments)
    }
  })

  const moment = integer({ min: 0, max: 50 })
  const some = array(
    record({
      createdAt: moment,
      activatesAt: option(moment, { nil: -Infinity }),
      retiresAt: option(moment, { nil: Infinity }),
      destroyedAt: option(moment, { nil: Infinity }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  const terms = some.map((list) => list.map((one, index): Term => ({ ...one, version: index + 1 })))
  const retention = array(record({ since: moment, retainFor: option(moment, { nil: Infinity }) }), {
    maxLength: 3,
  })

  it('is the same in whatever order the records are read', () => {
    assert(
      property(terms, retention, (list, kept) => {
        expect(scheduleOf(list.toReversed(), kept)).toEqual(scheduleOf(list, kept))
      }),
    )
  })

  it('stays the same without the terms that it does not need', () => {
    assert(
      property(terms, retention, (list, kept) => {
        const needless = list.find((one) => one.destroyedAt < Infinity && !isNeeded(one, list, kept))
        const without = scheduleOf(
          list.filter((one) => one !== needless),
          kept,
        )
        for (const { version, destroyedAt } of list)
          if (destroyedAt === Infinity) expect(without.get(version)).toEqual(scheduleOf(list, kept).get(version))
      }),
    )
  })

  it('lets a version retire no later than a higher one starts that took over', () => {
    assert(
      property(terms, (list) => {
        const schedules = scheduleOf(list, [])
        for (const { version, destroyedAt } of list) {
          const { startsAt = 0 } = schedules.get(version) ?? {}
          if (destroyedAt < startsAt) continue
          for (let lower = 1; lower < version; lower += 1)
            expect(schedules.get(lower)?.retiresAt).toBeLessThanOrEqual(startsAt)
        }
      }),
    )
  })
})
