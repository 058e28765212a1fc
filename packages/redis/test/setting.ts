import { randomUUID } from 'node:crypto'
import type { KeyStore, StoreContents, StoredRecord } from '@bearerkit/core'
import type { createClient } from 'redis'
import { RedisServer } from '../../../test/support/redis-server.ts'
import { type RedisClient, redisStore } from '../src/index.ts'
import { connected } from './clients.ts'

/** An instance of a service, with a store. */
export class Instance {
  readonly store: KeyStore

  constructor(store: KeyStore) {
    this.store = store
  }

  read(since?: string): Promise<StoreContents> {
    return this.store.read({ since, signal: AbortSignal.timeout(10_000) })
  }

  async find(id: string): Promise<Partial<StoredRecord>> {
    return (await this.read()).records.find((record) => record.id === id) ?? {}
  }

  /** Replaces the record, or makes it. */
  async set(
    id: string,
    value: string,
    { until, within = 10_000 }: { until?: number; within?: number } = {},
  ): Promise<string | undefined> {
    const { revision: ifRevision } = await this.find(id)
    return this.store.write({ id, value, ifRevision, until }, { signal: AbortSignal.timeout(10_000), within })
  }

  create(id: string, value: string, within = 10_000): Promise<string | undefined> {
    return this.store.write({ id, value, ifRevision: undefined }, { signal: AbortSignal.timeout(10_000), within })
  }

  async remove(id: string): Promise<string | undefined> {
    const { revision: ifRevision = '' } = await this.find(id)
    return this.store.write(
      { id, value: undefined, ifRevision },
      { signal: AbortSignal.timeout(10_000), within: 10_000 },
    )
  }

  async ids(): Promise<string[]> {
    return (await this.read()).records.map(({ id }) => id).toSorted()
  }
}

export function newPrefix(): string {
  return `test ${randomUUID()}:`
}

export function instanceOn(client: RedisClient, prefix: string): Instance {
  return new Instance(redisStore(client, { prefix }))
}

/** A plain client of `redis`. */
export async function clientOf(url: string): Promise<ReturnType<typeof createClient>> {
  const redis = await import('redis')
  return connected(redis.createClient({ url }))
}

/** A cluster of one node. Servers older than 7.0 take slots one by one. */
export async function startCluster(): Promise<RedisServer> {
  const node = await RedisServer.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1')
  const client = await clientOf(node.url)
  await client.clusterAddSlots(Array.from({ length: 16_384 }, (_, slot) => slot))
  await eventually(async () => (await client.clusterInfo()).includes('cluster_state:ok'))
  client.destroy()
  return node
}

/** Waits until it holds: half a minute at most, because the machine may be busy. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
