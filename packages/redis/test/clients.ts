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

/** Each library is loaded when it is used, because each consists of hundreds of files. */
export const clients: Readonly<Record<string, Connect>> = {
  async 'ioredis 5'(url) {
    const { Redis } = await import('ioredis5')
    const client = quiet(new Redis(url))
    return { client, close: () => ended(client) }
  },
  async 'ioredis 6'(url) {
    const { Redis } = await import('ioredis')
    const client = quiet(new Redis(url))
    return { client, close: () => ended(client) }
  },
  async 'redis 5'(url) {
    const { createClient } = await import('redis5')
    const client = await connected(createClient({ url }))
    return { client, close: () => client.destroy() }
  },
  async 'redis 6'(url) {
    const { createClient } = await import('redis')
    const client = await connected(createClient({ url }))
    return { client, close: () => client.destroy() }
  },
}

export const clusterClients: Readonly<Record<string, Connect>> = {
  async 'a cluster of redis 6'(url) {
    const { createCluster } = await import('redis')
    const client = await connected(createCluster({ rootNodes: [{ url }] }))
    return { client, close: () => client.destroy() }
  },
  async 'a cluster of ioredis 6'(url) {
    const { Cluster } = await import('ioredis')
    const { hostname, port } = new URL(url)
    const client = quiet(new Cluster([{ host: hostname, port: Number(port) }]))
    return { client, close: () => ended(client) }
  },
}
