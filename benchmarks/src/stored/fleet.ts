import { setTimeout } from 'node:timers/promises'
import { StoredKeyProvider } from '@bearerkit/core'
import { redisStore } from '@bearerkit/redis'
import { createClient } from 'redis'
import type { Proxy, RedisForBenchmarks } from './redis-server.ts'
import { alg, copyInto, encryptionKeys, recordsFor, requestTimeout } from './stock.ts'

/** Both directions count. */
export interface Traffic {
  readonly bytes: number
  readonly commands: number
}

export interface FleetSize {
  readonly keys: number
  readonly instances: number
}

interface Instance {
  readonly keys: StoredKeyProvider
  readonly client: { destroy(): unknown }
}

/** In which the reads that follow a change come to an end, in milliseconds. */
const rest = 500

/** Instances of a service that share their keys, each with a client of its own, behind a proxy that counts. */
export class Fleet implements FleetSize {
  readonly keys: number
  readonly instances: number
  readonly #proxy: Proxy
  readonly #members: Instance[] = []
  #bytes = 0
  #commands = 0

  private constructor({ keys, instances }: FleetSize, proxy: Proxy) {
    this.keys = keys
    this.instances = instances
    this.#proxy = proxy
    proxy.pass((data, from) => this.#count(data, from))
  }

  static async start(redis: RedisForBenchmarks, size: FleetSize): Promise<Fleet> {
    const fleet = new Fleet(size, await redis.openProxy())
    const prefix = `traffic:${size.keys}:${size.instances}:`
    const filler = await createClient({ url: redis.url }).connect()
    await copyInto(redisStore(filler, { prefix }), await recordsFor(prefix, size.keys))
    filler.destroy()
    for (let number = 0; number < size.instances; number += 1) await fleet.#add(prefix)
    return fleet
  }

  get traffic(): Traffic {
    return { bytes: this.#bytes, commands: this.#commands }
  }

  resetTraffic(): void {
    this.#bytes = 0
    this.#commands = 0
  }

  /** Makes a key on one instance, and waits until all others have it and have come to rest. */
  async change(kid: string): Promise<void> {
    await this.#members[0]?.keys.createKey({ alg, kid })
    while (!this.#members.every(({ keys }) => keys.has(kid))) await setTimeout(10)
    await setTimeout(rest)
  }

  async close(): Promise<void> {
    for (const { keys, client } of this.#members) {
      await keys.close()
      client.destroy()
    }
    await this.#proxy.close()
  }

  async #add(prefix: string): Promise<void> {
    const client = createClient({ url: this.#proxy.url })
    client.on('error', () => undefined)
    await client.connect()
    const store = redisStore(client, { prefix })
    this.#members.push({ client, keys: await StoredKeyProvider.open({ store, encryptionKeys, requestTimeout }) })
  }

  /** A command is an array in RESP. */
  #count(data: Buffer, from: 'client' | 'server'): true {
    this.#bytes += data.length
    if (from === 'client') this.#commands += data.toString('latin1').match(/\*\d+\r\n\$/g)?.length ?? 0
    return true
  }
}
