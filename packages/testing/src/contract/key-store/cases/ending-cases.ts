import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeyStoreCases } from '../case.ts'

/** In milliseconds: long enough to be read before, short enough to wait for. */
const soon = 200

/** Until the engine's clock has passed it too. */
function passed(until: number): Promise<void> {
  return pause(until - Date.now() + 50)
}

export const endingCases: KeyStoreCases = {
  async 'is not there any more'(connect) {
    const [one, other] = [await connect(), await connect()]
    const until = Date.now() + soon
    await one.create('brief', 'a', until)
    await one.create('lasting', 'a')
    assert.deepEqual(Object.keys(await other.values()), ['brief', 'lasting'])
    await passed(until)
    for (const instance of [one, other, await connect()]) {
      assert.deepEqual(
        (await instance.read()).records.map(({ id }) => id),
        ['lasting'],
      )
    }
  },

  async 'is not among what has changed'(connect) {
    const [writer, reader] = [await connect(), await connect()]
    await reader.follow()
    const until = Date.now() + soon
    await writer.create('brief', 'a', until)
    await passed(until)
    assert.deepEqual(await reader.values(), {})
  },

  async 'makes room for a new one, and is not what a writer saw'(connect) {
    const instance = await connect()
    const until = Date.now() + soon
    const revision = String(await instance.create('brief', 'a', until))
    await passed(until)
    assert.equal(await instance.write({ id: 'brief', value: 'b', ifRevision: revision }), undefined)
    assert.equal(await instance.write({ id: 'brief', value: undefined, ifRevision: revision }), undefined)
    assert.ok(await instance.create('brief', 'b'))
    assert.deepEqual(await instance.values(), { brief: 'b' })
  },

  async 'stays if it was written again with a later end, or with none'(connect) {
    const instance = await connect()
    const until = Date.now() + soon
    const [one, other] = [await instance.create('one', 'a', until), await instance.create('other', 'a', until)]
    await instance.write({ id: 'one', value: 'b', ifRevision: one, until: until + 60_000 })
    await instance.write({ id: 'other', value: 'b', ifRevision: other })
    await passed(until)
    for (const reader of [instance, await connect()]) {
      assert.deepEqual(await reader.values(), { one: 'b', other: 'b' })
    }
  },

  async 'was never there if its end had passed before'(connect) {
    const instance = await connect()
    await instance.create('brief', 'a', Date.now() - 60_000)
    assert.deepEqual(await instance.values(), {})
    assert.ok(await instance.create('brief', 'b'))
  },
}
