import assert from 'node:assert/strict'
import type { KeyStoreCases } from '../case.ts'
import type { Instance } from '../instance.ts'

/** Writes and expects that nothing was written. */
async function loses(instance: Instance, change: Parameters<Instance['write']>[0]): Promise<void> {
  const before = await instance.values()
  assert.equal(await instance.write(change), undefined)
  assert.deepEqual(await instance.values(), before)
}

async function eight(connect: () => Promise<Instance>): Promise<Instance[]> {
  return Promise.all(Array.from({ length: 8 }, connect))
}

export const writingCases: KeyStoreCases = {
  async 'creates a record only if there is none'(connect) {
    const [one, other] = [await connect(), await connect()]
    assert.ok(await one.create('orders', 'a'))
    await loses(other, { id: 'orders', value: 'b', ifRevision: undefined })
  },

  async 'replaces a record only if it is what the writer saw'(connect) {
    const [one, other] = [await connect(), await connect()]
    const first = await one.create('orders', 'a')
    const second = await other.write({ id: 'orders', value: 'b', ifRevision: first })
    assert.ok(second)
    for (const ifRevision of [first, undefined, '', 'elsewhere']) {
      await loses(one, { id: 'orders', value: 'c', ifRevision })
    }
    assert.ok(await one.write({ id: 'orders', value: 'c', ifRevision: second }))
    assert.deepEqual(await other.values(), { orders: 'c' })
  },

  async 'replaces no record that is not there'(connect) {
    const instance = await connect()
    const revision = await instance.create('orders', 'a')
    await loses(instance, { id: 'invoices', value: 'b', ifRevision: revision })
  },

  async 'removes a record only if it is what the writer saw'(connect) {
    const instance = await connect()
    const first = String(await instance.create('orders', 'a'))
    const second = String(await instance.write({ id: 'orders', value: 'b', ifRevision: first }))
    await loses(instance, { id: 'orders', value: undefined, ifRevision: first })
    assert.ok(await instance.write({ id: 'orders', value: undefined, ifRevision: second }))
    assert.deepEqual(await instance.values(), {})
    await loses(instance, { id: 'orders', value: undefined, ifRevision: second })
  },

  async 'takes a record that was made again for another one'(connect) {
    const instance = await connect()
    const first = String(await instance.create('orders', 'a'))
    await instance.write({ id: 'orders', value: undefined, ifRevision: first })
    const second = String(await instance.create('orders', 'a'))
    assert.notEqual(second, first)
    await loses(instance, { id: 'orders', value: 'b', ifRevision: first })
    await loses(instance, { id: 'orders', value: undefined, ifRevision: first })
    assert.ok(await instance.write({ id: 'orders', value: 'b', ifRevision: second }))
  },

  async 'gives each write a revision of its own'(connect) {
    const instance = await connect()
    const revisions = new Set<string | undefined>()
    for (let round = 0; round < 5; round += 1) {
      const made = String(await instance.create('orders', 'a'))
      const replaced = String(await instance.write({ id: 'orders', value: 'a', ifRevision: made }))
      const removed = await instance.write({ id: 'orders', value: undefined, ifRevision: replaced })
      for (const revision of [made, replaced, removed]) revisions.add(revision)
    }
    assert.equal(revisions.size, 15)
  },

  async 'lets one of eight make the same record at once'(connect) {
    const instances = await eight(connect)
    const made = await Promise.all(instances.map((instance, index) => instance.create('orders', `of ${index}`)))
    const winners = made.flatMap((revision, index) => (revision === undefined ? [] : [`of ${index}`]))
    assert.equal(winners.length, 1)
    for (const instance of instances) assert.deepEqual(await instance.values(), { orders: winners[0] })
  },

  async 'loses nothing of what eight write to one record at once'(connect) {
    const instances = await eight(connect)
    const count = async (instance: Instance): Promise<void> => {
      for (let step = 0; step < 5; step += 1) await instance.update('count', (value) => String(Number(value) + 1))
    }
    await Promise.all(instances.map(count))
    for (const instance of instances) assert.deepEqual(await instance.values(), { count: '40' })
  },

  async 'loses nothing of what eight write to records of their own at once'(connect) {
    const instances = await eight(connect)
    const ids = Array.from({ length: 5 }, (_, index) => index)
    await Promise.all(
      instances.map(async (instance, index) => {
        for (const id of ids) assert.ok(await instance.create(`${index} ${id}`, 'a'))
      }),
    )
    for (const instance of instances) assert.equal((await instance.follow()).size, 40)
  },

  async 'shows no record in an earlier state than before, while others write'(connect) {
    const [writer, ...readers] = await Promise.all(Array.from({ length: 4 }, connect))
    const written = new AbortController()
    const watching = readers.map(async (reader) => {
      for (let last = 0; !written.signal.aborted;) {
        const seen = Number((await reader.follow()).get('count')?.value ?? 0)
        assert.ok(seen >= last, `${seen} after ${last}`)
        last = seen
      }
    })
    for (let step = 0; step < 25; step += 1) await writer?.update('count', (value) => String(Number(value) + 1))
    written.abort()
    await Promise.all(watching)
  },
}
