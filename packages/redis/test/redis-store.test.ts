import { scriptTargetOf, type ScriptTarget } from '../src/client.ts'
import { type RedisClient, redisStore } from '../src/index.ts'
import { RedisStore } from '../src/redis-store.ts'
import { redisForTests, redisPatience } from '../../../test/support/redis-server.ts'
import { clientOf, Instance, instanceOn, newPrefix } from './setting.ts'
import { keysOf, removeKeys, run } from './stored-keys.ts'

let server: Awaited<ReturnType<typeof redisForTests>>
let client: Awaited<ReturnType<typeof clientOf>>

beforeAll(async () => {
  server = await redisForTests()
  client = await clientOf(server.url)
}, redisPatience)

afterAll(async () => {
  client.destroy()
  await server.close()
})

const prefixes: string[] = []

function ownPrefix(): string {
  const prefix = newPrefix()
  prefixes.push(prefix)
  return prefix
}

afterEach(async () => {
  for (const prefix of prefixes.splice(0)) await removeKeys(client, keysOf(`{${prefix}}`))
})

describe('redisStore', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a URL', 'redis://localhost'],
    ['another object', { get: () => undefined }],
  ])('takes no client from %s', (_, given) => {
    expect(() => redisStore(given as RedisClient, { prefix: 'orders:' })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', option: 'client' }),
    )
  })

  it.each([undefined, '', '{}', 'a{', '}a{b}', '{a}{b}'])('takes no prefix %p', (prefix) => {
    expect(() => redisStore(client, { prefix: prefix as string })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', option: 'prefix' }),
    )
  })

  it('names itself by its prefix, which shows no address and no password', () => {
    expect(redisStore(client, { prefix: 'orders:' })).toMatchObject({ name: 'redis orders:', prefix: 'orders:' })
  })

  it.each([
    ['orders:', '{orders:}records'],
    ['app:{orders}:', 'app:{orders}:records'],
  ])('has the prefix %s as a hash tag: %s', async (prefix, key) => {
    const instance = instanceOn(client, prefix)
    await instance.create('a', 'x')
    expect(await client.exists(key)).toBe(1)
    await removeKeys(client, keysOf(key.replace('records', '')))
  })

  it('keeps records of different prefixes apart', async () => {
    const [one, other] = [instanceOn(client, ownPrefix()), instanceOn(client, ownPrefix())]
    await one.create('a', 'x')
    expect(await other.ids()).toEqual([])
  })

  it('goes on when the server has forgotten its scripts', async () => {
    const instance = instanceOn(client, ownPrefix())
    await instance.create('a', 'x')
    await client.scriptFlush()
    expect(await instance.set('a', 'y')).toBeDefined()
    expect(await instance.find('a')).toMatchObject({ value: 'y' })
  })

  it('asks the server once for each read and each write', async () => {
    const [asked, target] = counting(client)
    const store = new RedisStore(target, ownPrefix())
    const signal = new AbortController().signal
    await store.write({ id: 'a', value: 'x', ifRevision: undefined }, { signal, within: 1000 })
    const { revision } = await store.read({ signal })
    await store.read({ since: revision, signal })
    expect(asked()).toBe(3)
  })
})

function counting(counted: RedisClient): [() => number, ScriptTarget] {
  const target = scriptTargetOf(counted) as ScriptTarget
  let count = 0
  return [
    () => count,
    {
      evaluate(...args) {
        count += 1
        return target.evaluate(...args)
      },
      subscribe: (...args) => target.subscribe(...args),
    },
  ]
}

describe('a store with more than fits into an answer', () => {
  const sizes = { changes: 3, few: 4, page: 2, history: 10 }

  function smallStore(prefix: string): Instance {
    return new Instance(new RedisStore(scriptTargetOf(client) as ScriptTarget, prefix, sizes))
  }

  const many = Array.from({ length: 20 }, (_, index) => `record ${10 + index}`)

  it('reads all of it', async () => {
    const instance = smallStore(ownPrefix())
    for (const id of many) await instance.create(id, 'x')
    expect(await instance.ids()).toEqual(many)
  })

  it('reads all changes, page by page', async () => {
    const instance = smallStore(ownPrefix())
    await instance.create('first', 'x')
    const { revision } = await instance.read()
    for (const id of many.slice(0, 8)) await instance.create(id, 'x')
    await instance.remove('first')
    const { records, removed } = await instance.read(revision)
    expect(records.map(({ id }) => id)).toEqual(many.slice(0, 8))
    expect(removed).toEqual(['first'])
  })

  it('reads the last of several changes of a record, on whichever page', async () => {
    const instance = smallStore(ownPrefix())
    const { revision } = await instance.read()
    for (const value of ['a', 'b', 'c', 'd', 'e']) await instance.set('one', value)
    await instance.create('two', 'x')
    expect((await instance.read(revision)).records.map(({ id, value }) => [id, value])).toEqual([
      ['one', 'e'],
      ['two', 'x'],
    ])
  })

  it('answers one who has missed too much with everything, and calls it no reset', async () => {
    const instance = smallStore(ownPrefix())
    await instance.create('first', 'x')
    const { revision } = await instance.read()
    for (const id of many) await instance.create(id, 'x')
    const contents = await instance.read(revision)
    expect(contents).toMatchObject({ isReset: false })
    expect(contents.removed).toBeUndefined()
    expect(contents.records).toHaveLength(21)
  })

  it('remembers no more removed records than it can tell', async () => {
    const prefix = ownPrefix()
    const instance = smallStore(prefix)
    for (const id of many) {
      await instance.create(id, 'x')
      await instance.remove(id)
    }
    const [told, nonces] = await run(
      client,
      "return { tostring(redis.call('ZCARD', KEYS[2])), tostring(redis.call('LLEN', KEYS[3])) }",
      keysOf(`{${prefix}}`),
    )
    expect(Number(told)).toBeLessThanOrEqual(12)
    expect(Number(nonces)).toBe(10)
  })
})

describe('records that have ended', () => {
  it('are removed from the server, by reads as well as by writes', async () => {
    const prefix = ownPrefix()
    const instance = instanceOn(client, prefix)
    const until = Date.now() + 100
    for (const id of ['a', 'b', 'c']) await instance.set(id, 'x', { until })
    await instance.create('lasting', 'x')
    await new Promise((resolve) => setTimeout(resolve, 150))
    await instance.read()
    const [fields, endings] = await run(
      client,
      "return { tostring(redis.call('HLEN', KEYS[1])), tostring(redis.call('ZCARD', KEYS[4])) }",
      keysOf(`{${prefix}}`),
    )
    // The record that lasts, and the place in the history.
    expect([fields, endings]).toEqual(['2', '0'])
  })

  it('are among what was removed', async () => {
    const instance = instanceOn(client, ownPrefix())
    await instance.set('a', 'x', { until: Date.now() + 100 })
    const { revision } = await instance.read()
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(await instance.read(revision)).toMatchObject({ records: [], removed: ['a'] })
  })
})

describe('a store that is not what it was', () => {
  it('says so if it was emptied', async () => {
    const prefix = ownPrefix()
    const instance = instanceOn(client, prefix)
    await instance.create('a', 'x')
    const { revision } = await instance.read()
    await removeKeys(client, keysOf(`{${prefix}}`))
    expect(await instance.read(revision)).toMatchObject({ records: [], isReset: true })
    await instance.create('b', 'x')
    expect(await instance.read(revision)).toMatchObject({ records: [{ id: 'b' }], isReset: true })
  })

  it.each([0, 1, 3, 20])('says so if it was restored from a backup, after %p further changes', async (changes) => {
    const prefix = ownPrefix()
    const keys = keysOf(`{${prefix}}`)
    const backup = keys.map((key) => `${key}.backup`)
    const copy = (from: string, to: string): string =>
      `for i = ${from}, ${from} + 3 do if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('COPY', KEYS[i], KEYS[i + ${to}], 'REPLACE') else redis.call('DEL', KEYS[i + ${to}]) end end return {}`
    const instance = instanceOn(client, prefix)
    await instance.create('a', 'x')
    await run(client, copy('1', '4'), [...keys, ...backup])
    const lost = await instance.set('a', 'lost')
    await instance.create('b', 'lost')
    const { revision } = await instance.read()
    await run(client, copy('5', '-4'), [...keys, ...backup])
    await removeKeys(client, backup)
    for (let change = 0; change < changes; change += 1) await instance.set('c', `c ${change}`)

    const contents = await instance.read(revision)
    expect(contents.isReset).toBe(true)
    expect(contents.records.find(({ id }) => id === 'a')).toMatchObject({ value: 'x' })
    const stale = { id: 'a', value: 'stale', ifRevision: lost }
    expect(await instance.store.write(stale, { signal: AbortSignal.timeout(5000), within: 5000 })).toBeUndefined()
  })

  it.each([
    ['records', { records: [], isReset: true }],
    ['changes', { records: [{ id: 'a' }, { id: 'gone' }, { id: 'b' }], isReset: false }],
    ['lineage', { records: [{ id: 'a' }, { id: 'gone' }, { id: 'b' }], isReset: false }],
    ['endings', { records: [{ id: 'b' }], removed: [] }],
  ])('misses nothing if the server has evicted its %s', async (part, expected) => {
    const prefix = ownPrefix()
    const instance = instanceOn(client, prefix)
    await instance.create('a', 'x')
    await instance.create('gone', 'x')
    const { revision } = await instance.read()
    await instance.create('b', 'x')
    await removeKeys(client, [`{${prefix}}${part}`])
    expect(await instance.read(revision)).toMatchObject(expected)

    const before = await instance.ids()
    const { revision: later } = await instance.read()
    if (before.includes('gone')) await instance.remove('gone')
    await instance.create('c', 'x')
    for (const [since, held] of [
      [revision, ['a', 'gone']],
      [later, before],
    ] as const) {
      const { records, removed } = await instance.read(since)
      const kept = removed === undefined ? [] : held.filter((id) => !removed.includes(id))
      expect([...new Set([...kept, ...records.map(({ id }) => id)])].toSorted()).toEqual(await instance.ids())
    }
  })

  it('tells changes again after it was emptied, or its records evicted', async () => {
    for (const parts of [['records'], ['records', 'changes', 'lineage', 'endings']]) {
      const prefix = ownPrefix()
      const instance = instanceOn(client, prefix)
      for (const id of ['a', 'b']) await instance.create(id, 'x')
      await removeKeys(
        client,
        parts.map((part) => `{${prefix}}${part}`),
      )
      await instance.create('c', 'x')
      const { revision } = await instance.read()
      await instance.create('d', 'x')
      expect(await instance.read(revision)).toMatchObject({ records: [{ id: 'd' }], removed: [] })
    }
  })
})
