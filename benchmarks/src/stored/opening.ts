import { fileStore, type KeyStore, memoryStore, StoredKeyProvider } from '@bearerkit/core'
import { redisStore } from '@bearerkit/redis'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { type Figure, type Outcome, withinLimit } from '../figure.ts'
import { LoopWatch } from '../loop-watch.ts'
import { median } from '../statistics.ts'
import type { Scale } from '../scale.ts'
import { startRedis } from './redis-server.ts'
import { copyInto, encryptionKeys, recordsFor, requestTimeout, versionsOfKey } from './stock.ts'

/** The longest time in which no other work could run, in milliseconds. */
const longestBlock = 50
const prefix = 'opening:'

/** Opens the store of an instance that starts. */
type OpenStore = () => KeyStore

interface Opening {
  readonly milliseconds: number
  readonly longestBlock: number
}

/** How long `open()` takes, and for how long it blocks the event loop, by the number of keys. */
export async function measure({ keyCounts, rounds }: Scale): Promise<Outcome> {
  await using redis = await startRedis()
  const client = await createClient({ url: redis.url }).connect()
  const folder = await mkdtemp(join(tmpdir(), 'bearerkit-bench-'))
  try {
    const figures: Figure[] = []
    for (const count of keyCounts) {
      const stores = await filledStores(count, join(folder, String(count)), () =>
        redisStore(client, { prefix: `${prefix}${count}:` }),
      )
      figures.push(...(await figuresOf(count, stores, rounds)))
    }
    return { figures, notMeasured: [] }
  } finally {
    client.destroy()
    await rm(folder, { recursive: true })
  }
}

async function filledStores(count: number, folder: string, inRedis: OpenStore): Promise<Record<string, OpenStore>> {
  const inMemory = memoryStore()
  const stores = { 'memory store': () => inMemory, 'file store': () => fileStore(folder), 'redis store': inRedis }
  for (const open of Object.values(stores)) {
    const store = open()
    await copyInto(store, await recordsFor(store.prefix, count))
  }
  return stores
}

async function figuresOf(
  count: number,
  stores: Readonly<Record<string, OpenStore>>,
  rounds: number,
): Promise<Figure[]> {
  const openings = new Map<string, Opening[]>(Object.keys(stores).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, open] of Object.entries(stores)) openings.get(name)?.push(await opening(open()))
  }
  const keys = `${count.toLocaleString('en')} keys of ${versionsOfKey} versions`
  return [...openings].flatMap(([name, taken]) => {
    const total = median(taken.map(({ milliseconds }) => milliseconds))
    const block = median(taken.map((one) => one.longestBlock))
    return [
      {
        name: `open() with ${keys}`,
        unit: 'ms',
        subject: { who: name, value: total },
        relativeTo: { who: 'records', value: count * versionsOfKey },
      },
      withinLimit(
        `longest block of the event loop in open() with ${keys}`,
        'ms',
        { who: name, value: block },
        longestBlock,
      ),
    ]
  })
}

async function opening(store: KeyStore): Promise<Opening> {
  const watch = new LoopWatch()
  const start = performance.now()
  const keys = await StoredKeyProvider.open({ store, encryptionKeys, requestTimeout })
  const milliseconds = performance.now() - start
  const block = watch.end()
  await keys.close()
  return { milliseconds, longestBlock: block }
}
