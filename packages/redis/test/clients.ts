import { Cluster as Ioredis6Cluster, Redis as Ioredis6 } from 'ioredis'
import { Redis as Ioredis5 } from 'ioredis5'
import { createClient as createClient6, createCluster as createCluster6 } from 'redis'
import { createClient as createClient5 } from 'redis5'
import type { RedisClient } from '../src/index.ts'

/** A client as an application has it. */
export interface AppClient {
  readonly client: RedisClient
  close(): void | Promise<void>
}

type Connect = (url: string) => Promise<AppClient>

export interface NodeRedis {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  destroy(): unknown
}

export async function connected<C extends NodeRedis>(client: C): Promise<C> {
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export interface Ioredis {
  readonly status: string
  on(event: 'error' | 'end', listener: () => void): unknown
  disconnect(): void
}

export async function ended(client: Ioredis): Promise<void> {
  // Between two attempts to connect, no end is reported.
  if (client.status === 'reconnecting') return client.disconnect()
  const end = new Promise<void>((resolve) => {
    client.on('end', resolve)
  })
  client.disconnect()
  await end
}

export function quiet<C extends Ioredis>(client: C): C {
  client.on('error', () => undefined)
  return client
}

export const clients: Readonly<Record<string, Connect>> = {
  async 'ioredis 5'(url) {
    const client = quiet(new Ioredis5(url))
    return { client, close: () => ended(client) }
  },
  async 'ioredis 6'(url) {
    const client = quiet(new Ioredis6(url))
    return { client, close: () => ended(client) }
  },
  async 'redis 5'(url) {
    const client = await connected(createClient5({ url }))
    return { client, close: () => client.destroy() }
  },
  async 'redis 6'(url) {
    const client = await connected(createClient6({ url }))
    return { client, close: () => client.destroy() }
  },
}

export const clusterClients: Readonly<Record<string, Connect>> = {
  async 'a cluster of redis 6'(url) {
    const client = await connected(createCluster6({ rootNodes: [{ url }] }))
    return { client, close: () => client.destroy() }
  },
  async 'a cluster of ioredis 6'(url) {
    const { hostname, port } = new URL(url)
    const client = quiet(new Ioredis6Cluster([{ host: hostname, port: Number(port) }]))
    return { client, close: () => ended(client) }
  },
}
