import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { ReplayStore, UseOptions } from '@bearerkit/core'

/** A case, by its title. `connect` makes another instance on the same uses. */
type ReplayStoreCases = Readonly<Record<string, (connect: () => Promise<ReplayStore>) => Promise<void>>>

function inAMinute(): number {
  return Date.now() + 60_000
}

/** Ids that a client may send. No two are the same. */
const hostileIds = [
  '',
  ' ',
  'id',
  'ID',
  'id ',
  'id\0',
  'id\r\nFLUSHALL\r\n',
  '*',
  '{id}',
  'replay:id',
  '__proto__',
  'constructor',
  'null',
  '[null,"id"]',
  'caf\u00e9',
  'cafe\u0301',
  '\ud800',
  '\ud801',
  '\ufffd',
  '🗝',
  'x'.repeat(100_000),
  'x'.repeat(100_001),
]

export const replayStoreCases: ReplayStoreCases = {
  async 'answers true for the first use, and false for every later one'(connect) {
    const store = await connect()
    const until = inAMinute()
    const answers = []
    for (let use = 0; use < 3; use += 1) answers.push(await store.firstUse('id', { until }))
    assert.deepEqual(answers, [true, false, false])
  },

  async 'knows on each instance which ids were used on another'(connect) {
    const [one, other] = [await connect(), await connect()]
    const until = inAMinute()
    assert.equal(await one.firstUse('id', { until }), true)
    assert.equal(await other.firstUse('id', { until }), false)
  },

  async 'answers true to exactly one of a hundred uses at once'(connect) {
    const stores = [await connect(), await connect(), await connect(), await connect()]
    const until = inAMinute()
    const uses = stores.flatMap((store) => Array.from({ length: 25 }, async () => store.firstUse('id', { until })))
    assert.equal((await Promise.all(uses)).filter(Boolean).length, 1)
  },

  async 'takes ids of any length and any characters, and keeps them apart'(connect) {
    const store = await connect()
    const until = inAMinute()
    for (const expected of [true, false]) {
      for (const id of hostileIds) assert.equal(await store.firstUse(id, { until }), expected, JSON.stringify(id))
    }
  },

  async 'keeps the ids of each group apart'(connect) {
    const store = await connect()
    const until = inAMinute()
    const uses: readonly (readonly [string, UseOptions])[] = [
      ['bc', { until }],
      ['bc', { until, group: '' }],
      ['bc', { until, group: 'a' }],
      ['c', { until, group: 'ab' }],
      ['abc', { until, group: '' }],
      ['bc', { until, group: '__proto__' }],
      ['bc', { until, group: 'x'.repeat(10_000) }],
    ]
    for (const expected of [true, false]) {
      for (const [id, options] of uses) assert.equal(await store.firstUse(id, options), expected)
    }
  },

  async 'keeps hundreds of ids apart'(connect) {
    const store = await connect()
    const until = inAMinute()
    const ids = Array.from({ length: 500 }, (_, index) => `id ${index}`)
    const uses = async (): Promise<boolean[]> => Promise.all(ids.map(async (id) => store.firstUse(id, { until })))
    assert.deepEqual(new Set(await uses()), new Set([true]))
    assert.deepEqual(new Set(await uses()), new Set([false]))
  },

  async 'remembers a use until its end, whatever ends a later use names'(connect) {
    const store = await connect()
    const until = inAMinute()
    assert.equal(await store.firstUse('id', { until }), true)
    assert.equal(await store.firstUse('id', { until: Date.now() + 100 }), false)
    await pause(200)
    assert.equal(await store.firstUse('id', { until }), false)
  },

  async 'takes a Date, and fractions of milliseconds'(connect) {
    const store = await connect()
    assert.equal(await store.firstUse('one', { until: new Date(inAMinute()) }), true)
    assert.equal(await store.firstUse('one', { until: inAMinute() + 0.5 }), false)
    assert.equal(await store.firstUse('other', { until: inAMinute() + 0.5 }), true)
  },

  async 'takes ends that are decades away'(connect) {
    const store = await connect()
    const until = Date.now() + 50 * 365 * 86_400_000
    assert.equal(await store.firstUse('id', { until }), true)
    assert.equal(await store.firstUse('id', { until }), false)
  },

  async 'answers false if the end has passed, because such a use cannot be remembered'(connect) {
    const store = await connect()
    for (const until of [0, 1, -1, Date.now() - 60_000, new Date(0)])
      assert.equal(await store.firstUse('id', { until }), false)
    assert.equal(await store.firstUse('id', { until: inAMinute() }), true)
  },

  async 'refuses an end that is not a time'(connect) {
    const store = await connect()
    for (const until of [Number.NaN, Number.POSITIVE_INFINITY, 1e300, new Date('never'), undefined, '60000'])
      await assert.rejects(async () => store.firstUse('id', { until: until as number }), { code: 'limit_exceeded' })
    assert.equal(await store.firstUse('id', { until: inAMinute() }), true)
  },
}
