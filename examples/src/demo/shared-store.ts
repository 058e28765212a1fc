import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'

/** Where the instances of the second act keep their keys. */
export interface SharedStore {
  readonly name: string
  /** The settings of an instance. */
  readonly environment: Readonly<Record<string, string>>
  remove(): Promise<void>
}

export async function temporaryFolder(): Promise<SharedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'bearerkit-demo-'))
  return {
    name: 'a folder',
    environment: { KEYS_FOLDER: folder },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** @throws Error with a sentence for the user, if the server cannot be used */
export async function redisServer({ href, host }: URL): Promise<SharedStore> {
  await withRedis(href, (client) => client.ping()).catch((error: unknown) => {
    throw new Error(`--redis: cannot use the server at ${host}: ${(error as Error).message.split('\n', 1)[0]}`)
  })
  const prefix = `bearerkit-demo-${randomUUID()}:`
  const keys = ['records', 'changes', 'lineage', 'endings'].map((part) => `{${prefix}}${part}`)
  return {
    name: `Redis at ${host}`,
    environment: { REDIS_URL: href, KEYS_PREFIX: prefix },
    remove: () => withRedis(href, (client) => client.del(keys)),
  }
}

const patience = 3000

/** @throws Error if the server does not answer in time */
async function withRedis(url: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const client = clientFor(url)
  // The errors of the connection also reject `connect`.
  client.on('error', () => undefined)
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`nothing was heard for ${patience / 1000} seconds`)), patience).unref()
  })
  try {
    await Promise.race([client.connect().then(() => use(client)), late])
  } finally {
    if (client.isOpen) client.destroy()
  }
}

type Client = ReturnType<typeof clientFor>

function clientFor(url: string) {
  return createClient({ url, socket: { reconnectStrategy: false, connectTimeout: patience } })
}
