import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { KeyStoreUnavailableError } from '@bearerkit/core'
import type { RedisClient } from '@bearerkit/redis'
import type * as Ioredis from 'ioredis'
import type * as NodeRedis from 'redis'
import { UsageError } from '../../frame/failure.ts'

/** A connected client, and how to end its connection. */
export interface ConnectedClient {
  readonly client: RedisClient
  readonly disconnect: () => void
}

/** Connects with the module of a client library. */
type Connect = (module: never, url: string) => Promise<ConnectedClient>

/** In milliseconds. */
const connectTimeout = 5000

/** The client libraries, the preferred one first. A command tries once: it does not wait for a server that is down. */
const libraries: Readonly<Record<string, Connect>> = {
  redis: async ({ createClient }: typeof NodeRedis, url) => {
    const client = createClient({ url, socket: { connectTimeout, reconnectStrategy: false } })
    client.on('error', () => undefined)
    await client.connect()
    return { client: client as RedisClient, disconnect: () => client.destroy() }
  },
  ioredis: async ({ Redis }: typeof Ioredis, url) => {
    const client = new Redis(url, { lazyConnect: true, connectTimeout, retryStrategy: () => null })
    client.on('error', () => undefined)
    await client.connect()
    return { client: client as RedisClient, disconnect: () => client.disconnect() }
  },
}

/**
 * Connects to a Redis server, with the client library that is installed beside this package or in the current folder.
 *
 * @throws UsageError if there is none
 * @throws KeyStoreUnavailableError if the server cannot be reached. The message does not have the URL, nor its password.
 */
export async function connectRedis(url: string): Promise<ConnectedClient> {
  for (const [name, connect] of Object.entries(libraries)) {
    const module = await installed(name)
    if (module === undefined) continue
    try {
      return await connect(module as never, url)
    } catch (cause) {
      throw new KeyStoreUnavailableError(`cannot connect to Redis: ${reasonIn(cause, url)}`, { cause })
    }
  }
  throw new UsageError('a store in Redis needs a client: run `npm install redis` in this folder')
}

async function installed(name: string): Promise<unknown> {
  const places = [() => import(name) as Promise<unknown>, () => importFromWorkingFolder(name)]
  for (const load of places) {
    try {
      return await load()
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  return undefined
}

/** `npx` runs this package from a folder of its own, in which no client is installed. */
function importFromWorkingFolder(name: string): Promise<unknown> {
  const path = createRequire(join(process.cwd(), 'package.json')).resolve(name)
  return import(pathToFileURL(path).href) as Promise<unknown>
}

function isMissing(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown }
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}

/** Errors of a client may quote the password of the URL. */
function reasonIn(cause: unknown, url: string): string {
  const { code, message } = Object(cause) as { code?: string; message?: string }
  const secrets = [url, URL.canParse(url) ? decodeURIComponent(new URL(url).password) : ''].filter((one) => one !== '')
  const text = [message, code].find((one) => one !== undefined && one !== '') ?? 'no answer'
  return secrets.reduce((sofar, secret) => sofar.replaceAll(secret, '(secret)'), text)
}
