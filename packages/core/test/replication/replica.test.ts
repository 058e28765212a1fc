import { KeyStoreUnavailableError } from '../../src/errors.ts'
import { momentOf } from '../../src/clock.ts'
import type { ReplicaHolder } from '../../src/replication/replica-holder.ts'
import type { StoredRecord } from '../../src/stores/key-store.ts'
import { closeReplicas, NotingHolder, record, replicaOn } from './setting.ts'

afterEach(closeReplicas)

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const hour = 3_600_000
/** Far longer than the test runs. */
const patient = { requestTimeout: 60_000 }

async function read(given: Parameters<typeof replicaOn>[1] = {}) {
  const scene = replicaOn(new NotingHolder(), given)
  const first = scene.replica.refresh()
  scene.store.reads[0]?.answer()
  await first
  return scene
}

describe('reading', () => {
  it('begins with everything, and goes on with the changes since', async () => {
    const { replica, store, holder } = await read()
    const second = replica.refresh()
    store.reads[1]?.answer({ records: [record('a')], revision: '9-z' })
    await second
    replica.refresh().catch(() => undefined)
    expect(store.reads.map(({ since }) => since)).toEqual([undefined, '1-a', '9-z'])
    expect(holder.taken.at(-1)?.records).toEqual([record('a')])
    expect(holder.refreshes).toBe(2)
  })

  it('shares one read in progress and one next, however many ask', async () => {
    const { replica, store } = await read(patient)
    const asked = Array.from({ length: 50 }, () => replica.refresh())
    await turn()
    expect(store.reads).toHaveLength(2)
    store.reads[1]?.answer()
    ;(await store.readNumber(3)).answer()
    await Promise.all(asked)
    expect(store.reads).toHaveLength(3)
  })

  it('keeps its place if the holder cannot take what was read', async () => {
    const holder = new NotingHolder()
    const { replica, store } = replicaOn(holder)
    holder.take = async () => {
      throw new Error('no room')
    }
    const first = replica.refresh()
    store.reads[0]?.answer()
    await expect(first).rejects.toMatchObject({ code: 'key_store_unavailable', cause: { message: 'no room' } })
    replica.refresh().catch(() => undefined)
    expect(store.reads[1]?.since).toBeUndefined()
    expect(replica.isUsable).toBe(false)
  })

  it('reports a failure with the time until the next attempt, and the error until a success', async () => {
    const { replica, store, holder } = await read({ random: () => 1, ...patient })
    const second = replica.refresh()
    store.reads[1]?.fail(Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' }))
    await expect(second).rejects.toThrow('scripted store: unavailable')
    expect(holder.failures).toMatchObject([{ retryIn: 1000, error: { retryAfter: 1 } }])
    expect(replica.lastError?.cause).toMatchObject({ message: 'connection refused', code: 'ECONNREFUSED' })
    const third = replica.refresh()
    store.reads[2]?.answer()
    await third
    expect(replica.lastError).toBeUndefined()
  })

  it('reads again by itself after a failure, and at every interval', async () => {
    const { replica, store } = replicaOn(new NotingHolder(), { pollInterval: 10 })
    const first = replica.refresh()
    store.reads[0]?.fail(new Error('down'))
    await expect(first).rejects.toThrow(KeyStoreUnavailableError)
    for (const number of [2, 3, 4]) (await store.readNumber(number)).answer()
    await turn()
    expect(replica.isUsable).toBe(true)
  })
})

describe('a read in parts', () => {
  it('gives all parts to the holder at once, so that nobody sees half of them', async () => {
    const { replica, store, holder } = replicaOn(new NotingHolder())
    const first = replica.refresh()
    store.reads[0]?.received?.([record('a'), record('b')])
    store.reads[0]?.received?.([])
    expect(holder.taken).toEqual([])
    store.reads[0]?.answer({ records: [record('c')], removed: undefined })
    await first
    expect(holder.taken.map(({ records }) => records.map(({ id }) => id))).toEqual([['a', 'b', 'c']])
  })

  it('hands each part to a holder that takes parts', async () => {
    const parts: (readonly StoredRecord[])[] = []
    const holder: ReplicaHolder = Object.assign(new NotingHolder(), {
      takePart: (part: readonly StoredRecord[]) => void parts.push(part),
    })
    const { replica, store } = replicaOn(holder)
    const first = replica.refresh()
    store.reads[0]?.received?.([record('a')])
    expect(parts).toEqual([[record('a')]])
    store.reads[0]?.answer({ records: [record('b')] })
    await first
    expect((holder as NotingHolder).taken.at(-1)?.records).toEqual([record('b')])
  })

  it('has the time limit for each part, and not for the whole', async () => {
    const { replica, store } = replicaOn(new NotingHolder(), { requestTimeout: 100 })
    const first = replica.refresh()
    for (let part = 0; part < 5; part += 1) {
      await new Promise((resolve) => setTimeout(resolve, 40))
      store.reads[0]?.received?.([])
    }
    store.reads[0]?.answer()
    await first
  })

  it.each<[string, number, (part: () => void) => NodeJS.Timeout | undefined]>([
    ['a store that never answers', 20, () => undefined],
    ['parts that never end', 5, (part) => setInterval(part, 1)],
  ])('is given up: %s', async (_, requestTimeout, send) => {
    const { replica, store, holder } = replicaOn(new NotingHolder(), { requestTimeout })
    const first = replica.refresh()
    const sending = send(() => store.reads[0]?.received?.([record('a')]))
    await expect(first).rejects.toMatchObject({ cause: { message: 'the deadline has passed' } })
    clearInterval(sending)
    // What comes late belongs to no read any more.
    store.reads[0]?.received?.([record('late')])
    const second = replica.refresh()
    store.reads[1]?.answer()
    await second
    expect(holder.taken.map(({ records }) => records)).toEqual([[]])
  })
})

describe('notifications', () => {
  it('are followed by one read, however many come', async () => {
    const { store } = await read()
    for (let time = 0; time < 100; time += 1) store.notify()
    ;(await store.readNumber(2)).answer()
    await turn()
    expect(store.reads).toHaveLength(2)
  })

  it('during a read are followed by one more, because it may have begun before the change', async () => {
    const { replica, store } = await read(patient)
    const second = replica.refresh()
    for (let time = 0; time < 100; time += 1) store.notify()
    expect(store.reads).toHaveLength(2)
    store.reads[1]?.answer()
    await second
    ;(await store.readNumber(3)).answer()
    await turn()
    expect(store.reads).toHaveLength(3)
  })

  it('draw the wait for their read once: many of them are no reason to read sooner', async () => {
    let draws = 0
    const { store } = await read({ random: () => (draws += 1) && 1 })
    ;(await store.readNumber(2)).answer()
    await turn()
    const before = draws
    for (let time = 0; time < 100; time += 1) store.notify()
    expect(draws - before).toBe(1)
  })

  it('that were lost before the watch began are made up for by a read', async () => {
    const { replica, store, holder } = replicaOn(new NotingHolder())
    let begin: () => void = () => undefined
    store.onWatch = () => new Promise((resolve) => (begin = resolve))
    const first = replica.refresh()
    store.reads[0]?.answer()
    await first
    await turn()
    expect(store.reads).toHaveLength(1)
    begin()
    ;(await store.readNumber(2)).answer({ records: [record('a')] })
    await turn()
    expect(holder.taken.at(-1)?.records).toEqual([record('a')])
  })

  it('are lost if a watch cannot begin, which is tried again after the next read', async () => {
    const { replica, store } = replicaOn(new NotingHolder())
    store.onWatch = async () => {
      throw new Error('not now')
    }
    for (const number of [1, 2]) {
      const pending = replica.refresh()
      ;(await store.readNumber(number)).answer()
      await pending
      await turn()
    }
    expect(store.watches).toBe(2)
  })

  it('begin once', async () => {
    const { replica, store } = await read()
    const second = replica.refresh()
    store.reads[1]?.answer()
    await second
    expect(store.watches).toBe(1)
  })
})

describe('writing', () => {
  const change = { id: 'a', value: 'a secret', ifRevision: undefined }

  it('resolves with the revision, or with undefined if another writer was faster', async () => {
    const { replica, store } = replicaOn(new NotingHolder())
    expect(await replica.write(change)).toBe('1-a')
    store.onWrite = async () => undefined
    expect(await replica.write(change)).toBeUndefined()
  })

  it('removes what was to be written from the error', async () => {
    const { replica, store } = replicaOn(new NotingHolder())
    store.onWrite = async ({ value }) => {
      throw new Error(`cannot SET a ${value}`)
    }
    const error = await replica.write(change).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'key_store_unavailable', cause: { message: 'cannot SET a …' } })
  })

  it('is given up at the time limit', async () => {
    const { replica, store } = replicaOn(new NotingHolder(), { requestTimeout: 20 })
    store.onWrite = () => new Promise(() => undefined)
    await expect(replica.write(change)).rejects.toThrow(KeyStoreUnavailableError)
    expect(store.writes[0]?.options.signal.aborted).toBe(true)
  })

  it('has less time if the decision is older', async () => {
    const { replica, store, clock } = replicaOn(new NotingHolder())
    const decidedAt = momentOf(clock)
    clock.advance(400)
    await replica.write(change, decidedAt)
    expect(store.writes[0]?.options.within).toBe(600)
  })

  it.each([
    ['suspended', 'advance'],
    ['asleep with the machine', 'sleep'],
  ] as const)('is decided again if the process was %s since the decision', async (_, pass) => {
    const { replica, store, clock } = replicaOn(new NotingHolder())
    const decidedAt = momentOf(clock)
    clock[pass](10 * 60_000)
    expect(await replica.write(change, decidedAt)).toBeUndefined()
    expect(store.writes).toEqual([])
  })
})

describe('a copy that is too old', () => {
  it('is read before it is used, by one read for all callers', async () => {
    const { replica, store, clock } = await read(patient)
    clock.sleep(3 * hour)
    expect(replica.isUsable).toBe(false)
    const waiting = Promise.all([replica.ensureUsable(), replica.ensureUsable(), replica.ensureUsable()])
    store.reads[1]?.answer()
    await waiting
    expect(replica.isUsable).toBe(true)
    expect(store.reads).toHaveLength(2)
  })

  it('is usable after the read in progress, without the one that follows it', async () => {
    const { replica, store, clock } = await read(patient)
    clock.sleep(3 * hour)
    const polled = replica.refresh()
    replica.refresh().catch(() => undefined)
    const usable = replica.ensureUsable()
    store.reads[1]?.answer()
    await Promise.all([polled, usable])
    expect(replica.isUsable).toBe(true)
  })

  it('is not read while another read is in progress or waits for its turn', async () => {
    const { replica, store, clock } = await read(patient)
    clock.sleep(3 * hour)
    const reads = [replica.refresh(), replica.refresh()]
    clock.sleep(3 * hour)
    store.reads[1]?.answer()
    for (let microtask = 0; microtask < 20; microtask += 1) {
      await Promise.resolve()
      reads.push(replica.ensureUsable())
    }
    expect(store.reads).toHaveLength(3)
    store.reads[2]?.answer()
    await Promise.all(reads)
    expect(store.reads).toHaveLength(3)
  })

  it('is read again if the answer of its read comes after a suspension', async () => {
    const { replica, store, clock } = await read(patient)
    clock.sleep(2 * hour + 1)
    let isUsable = false
    const usable = replica.ensureUsable().then(() => (isUsable = replica.isUsable))
    clock.sleep(2 * hour + 1)
    store.reads[1]?.answer()
    ;(await store.readNumber(3)).answer()
    await usable
    expect(isUsable).toBe(true)
  })

  it('is not read during a back-off, so that no request waits for a store that is down', async () => {
    const { replica, store, clock } = await read({ random: () => 1, ...patient })
    clock.sleep(3 * hour)
    const waiting = replica.ensureUsable()
    store.reads[1]?.fail(new Error('down'))
    await expect(waiting).rejects.toThrow(KeyStoreUnavailableError)
    await expect(replica.ensureUsable()).rejects.toBe(replica.lastError)
    expect(store.reads).toHaveLength(2)
    clock.advance(1000)
    replica.ensureUsable().catch(() => undefined)
    expect(store.reads).toHaveLength(3)
  })

  it('costs nothing while it is recent', async () => {
    const { replica, store } = await read()
    await replica.ensureUsable()
    expect(store.reads).toHaveLength(1)
  })
})

describe('closing', () => {
  it('ends the watch and the reads, and the copy serves until it is too old', async () => {
    const { replica, store, clock } = await read()
    await turn()
    await replica.close()
    expect(store.endedWatches).toBe(1)
    await expect(replica.refresh()).rejects.toThrow('it was closed')
    await expect(replica.write({ id: 'a', value: 'a', ifRevision: undefined })).rejects.toThrow('it was closed')
    store.notify()
    await turn()
    expect(store.reads).toHaveLength(1)
    expect(replica.isUsable).toBe(true)
    clock.advance(3 * hour)
    expect(replica.isUsable).toBe(false)
  })

  it('does not wait for a watch that has not begun, and ends it when it does', async () => {
    const { replica, store } = replicaOn(new NotingHolder())
    let begin!: () => void
    store.onWatch = () => new Promise((resolve) => (begin = resolve))
    const first = replica.refresh()
    store.reads[0]?.answer()
    await first
    await replica.close()
    begin()
    await turn()
    expect(store.endedWatches).toBe(1)
  })
})
