import { describeReplayStore } from '@bearerkit/testing/contract'
import { memoryReplayStore, type MemoryReplayStoreOptions } from '../../src/replay/memory-replay-store.ts'
import { runApart } from '../support/own-process.ts'
import { source } from '../support/bundle.ts'
import { ManualClock } from '../support/clock.ts'

describeReplayStore('memoryReplayStore', async () => {
  const store = memoryReplayStore()
  return { connect: () => store, close: async () => undefined }
})

const full = { name: 'ReplayStoreUnavailableError', code: 'replay_store_unavailable' }

describe('memoryReplayStore', () => {
  it('answers without a promise', () => {
    const until = Date.now() + 1000
    expect([memoryReplayStore().firstUse('id', { until })]).toEqual([true])
  })

  it.each<[keyof MemoryReplayStoreOptions, unknown]>([
    ['max', 0],
    ['max', 1.5],
    ['max', 16_000_001],
    ['maxPerGroup', 0],
    ['maxPerGroup', '10'],
    ['clock', {}],
  ])('refuses the option %s: %p', (option, value) => {
    expect(() => memoryReplayStore({ [option]: value })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', option }),
    )
  })

  it('remembers a use to the millisecond of its end', () => {
    const clock = new ManualClock()
    const store = memoryReplayStore({ clock })
    const use = (): boolean => store.firstUse('id', { until: 1_800_000_000_500 })
    expect(use()).toBe(true)
    clock.advance(499)
    expect(use()).toBe(false)
    expect(store.size).toBe(1)
    clock.advance(1)
    expect(store.firstUse('id', { until: clock.now() + 10 })).toBe(true)
    expect(store.size).toBe(1)
  })

  it('refuses a new use when it is full, still refuses repeated ones, and has room as soon as one has ended', () => {
    const clock = new ManualClock()
    const store = memoryReplayStore({ max: 3, clock })
    const now = clock.now()
    for (const end of [1500, 1501, 90_000]) store.firstUse(`until ${end}`, { until: now + end })
    const fourth = (): boolean => store.firstUse('fourth', { until: now + 90_000 })
    expect(fourth).toThrow(expect.objectContaining(full))
    expect(store.firstUse('until 1500', { until: now + 90_000 })).toBe(false)
    clock.advance(1499)
    expect(fourth).toThrow(expect.objectContaining(full))
    clock.advance(1)
    expect(fourth()).toBe(true)
    expect(fourth()).toBe(false)
    expect(store.size).toBe(3)
  })

  it('limits the uses of each group, and not those of others or of no group', () => {
    const clock = new ManualClock()
    const store = memoryReplayStore({ max: 100, maxPerGroup: 2, clock })
    const until = clock.now() + 1000
    const use = (id: string, group?: string): boolean => store.firstUse(id, { until, group })
    for (const group of ['a', 'b', 'x'.repeat(1000)]) {
      expect([use('1', group), use('2', group)]).toEqual([true, true])
      expect(() => use('3', group)).toThrow(expect.objectContaining(full))
      expect(use('1', group)).toBe(false)
    }
    for (let id = 0; id < 10; id += 1) expect(use(`none ${id}`)).toBe(true)
    clock.advance(1000)
    expect(store.firstUse('3', { until: until + 1000, group: 'a' })).toBe(true)
    expect(store.size).toBe(1)
  })

  it('lets one group have a tenth of the store by default', () => {
    const store = memoryReplayStore({ max: 100 })
    const until = Date.now() + 60_000
    for (let id = 0; id < 10; id += 1) store.firstUse(`${id}`, { until, group: 'a' })
    expect(() => store.firstUse('10', { until, group: 'a' })).toThrow(expect.objectContaining(full))
  })

  it('agrees with a list that is searched from end to end, under churn from a seed, also when the clock is set back', () => {
    const clock = new ManualClock()
    const [max, maxPerGroup] = [40, 12]
    const store = memoryReplayStore({ max, maxPerGroup, clock })
    let uses: { id: string; group: string; until: number }[] = []
    let latest = clock.now()
    const expected = (id: string, group: string, until: number): boolean | string => {
      const now = clock.now()
      latest = Math.max(latest, now)
      uses = uses.filter((use) => use.until > latest)
      if (until <= now || uses.some((use) => use.id === id && use.group === group)) return false
      const inGroup = uses.filter((use) => use.group === group)
      if (until <= latest || uses.length >= max || inGroup.length >= maxPerGroup) return full.code
      uses.push({ id, group, until })
      return true
    }
    const counts = new Map<unknown, number>()
    const random = seeded(7)
    for (let step = 0; step < 20_000; step += 1) {
      clock.advance(random(3) === 0 ? random(40) - 8 : random(3))
      if (random(5000) === 0) clock.advance(100_000)
      const [id, group, until] = [`${random(30)}`, `group ${random(6)}`, clock.now() + random(300) - 5]
      const answer = outcomeOf(() => store.firstUse(id, { until, group }))
      if (answer !== expected(id, group, until)) throw new Error(`step ${step}: ${answer}`)
      counts.set(answer, (counts.get(answer) ?? 0) + 1)
    }
    // Each outcome has occurred often.
    for (const outcome of [true, false, full.code]) expect(counts.get(outcome)).toBeGreaterThan(500)
    expect(store.size).toBeLessThanOrEqual(max)
  })

  it('needs no memory for uses that have ended, and little for those that count', async () => {
    const { perUse, afterwards } = (await runApart(growth, ['--expose-gc'])) as { perUse: number; afterwards: number }
    expect(perUse).toBeLessThan(400)
    expect(afterwards).toBeLessThan(1_000_000)
  }, 60_000)
})

/** Each use has a group and an end of its own, which takes the most memory. */
const growth = `
import { memoryReplayStore } from '${source}/replay/memory-replay-store.ts'

let now = 1_800_000_000_000
const max = 20_000
const store = memoryReplayStore({ max, clock: { now: () => now } })
const heap = () => { gc(); return process.memoryUsage().heapUsed }
const fill = (round) => {
  for (let use = 0; use < max; use += 1) store.firstUse(round + ' ' + use, { until: now + 1000 + use, group: 'g' + use })
}
const before = heap()
fill('first')
const perUse = (heap() - before) / max
for (let round = 0; round < 5; round += 1) {
  now += 1000 + max
  fill(round)
}
now += 1000 + max
store.firstUse('last', { until: now + 1 })
console.log(JSON.stringify({ perUse, afterwards: heap() - before }))
`

function outcomeOf(use: () => boolean): boolean | string {
  try {
    return use()
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** Draws whole numbers below a bound. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
