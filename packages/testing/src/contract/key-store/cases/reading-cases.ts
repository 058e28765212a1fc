import assert from 'node:assert/strict'
import type { KeyStoreCases } from '../case.ts'

export const readingCases: KeyStoreCases = {
  async 'no records at first'(connect) {
    const instance = await connect()
    const { records, revision } = await instance.read()
    assert.deepEqual(records, [])
    assert.equal(typeof revision, 'string')
    assert.deepEqual((await instance.read(revision)).records, [])
  },

  async 'a record as it was written, on every instance'(connect) {
    const [one, other] = [await connect(), await connect()]
    const until = Date.now() + 60_000
    const revision = await one.create('orders', 'a', until)
    for (const instance of [one, other]) {
      const [record] = (await instance.read()).records
      assert.deepEqual({ ...record }, { id: 'orders', revision, value: 'a', until })
    }
  },

  async 'no end for a record without one'(connect) {
    const instance = await connect()
    await instance.create('orders', 'a')
    assert.equal((await instance.read()).records[0]?.until, undefined)
  },

  async 'what has changed since an earlier read'(connect) {
    const [writer, reader] = [await connect(), await connect()]
    const first = await writer.create('one', 'a')
    await writer.create('two', 'a')
    assert.deepEqual(await reader.values(), { one: 'a', two: 'a' })
    await writer.write({ id: 'one', value: 'b', ifRevision: first })
    await writer.create('three', 'a')
    assert.deepEqual(await reader.values(), { one: 'b', two: 'a', three: 'a' })
    assert.deepEqual(await reader.values(), { one: 'b', two: 'a', three: 'a' })
  },

  async 'that a record is gone since an earlier read'(connect) {
    const [writer, reader] = [await connect(), await connect()]
    const revision = String(await writer.create('one', 'a'))
    await writer.create('two', 'a')
    await reader.follow()
    await writer.write({ id: 'one', value: undefined, ifRevision: revision })
    assert.deepEqual(await reader.values(), { two: 'a' })
    await writer.create('one', 'b')
    assert.deepEqual(await reader.values(), { one: 'b', two: 'a' })
  },

  async 'the last of many changes of one record'(connect) {
    const [writer, reader] = [await connect(), await connect()]
    await reader.follow()
    for (const value of ['a', 'b', 'c', 'd']) await writer.update('orders', () => value)
    assert.deepEqual(await reader.values(), { orders: 'd' })
  },

  async 'everything to one who comes with the revision of something else'(connect) {
    const instance = await connect()
    await instance.create('orders', 'a')
    for (const since of ['', 'elsewhere', '1-elsewhere', '0-0', '999999-elsewhere']) {
      const { records, removed } = await instance.read(since)
      assert.equal(removed, undefined)
      assert.deepEqual(
        records.map(({ id }) => id),
        ['orders'],
      )
    }
  },

  async 'each write to a read that begins after it'(connect) {
    const [writer, reader] = [await connect(), await connect()]
    for (let count = 1; count <= 20; count += 1) {
      await writer.create(`record ${count}`, 'a')
      assert.equal((await reader.follow()).size, count)
    }
  },

  async 'a hundred records, after as many changes'(connect) {
    const [writer, reader] = [await connect(), await connect()]
    const ids = Array.from({ length: 100 }, (_, index) => `record ${index}`)
    for (const id of ids) await writer.create(id, `of ${id}`)
    assert.deepEqual(await reader.values(), Object.fromEntries(ids.map((id) => [id, `of ${id}`])))
  },

  async 'the same records in parts as at once'(connect) {
    const instance = await connect()
    const ids = Array.from({ length: 30 }, (_, index) => `record ${index}`)
    for (const id of ids) await instance.create(id, `of ${id}`)
    const { parts, rest } = await instance.readInParts()
    const values = new Map([...parts, ...rest].map(({ id, value }) => [id, value]))
    assert.deepEqual(Object.fromEntries(values), await instance.values())
  },

  async 'nothing to one who waits no longer'(connect) {
    const instance = await connect()
    const signal = AbortSignal.abort(new Error('nobody waits'))
    await assert.rejects(instance.store.read({ signal }))
    await assert.rejects(instance.store.write({ id: 'a', value: 'a', ifRevision: undefined }, { signal, within: 1000 }))
    assert.deepEqual(await instance.values(), {})
  },
}
