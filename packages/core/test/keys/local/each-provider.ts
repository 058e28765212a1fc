import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RedisServer } from '../../../../../test/support/redis-server.ts'
import { redisStore } from '../../../../redis/src/index.ts'
import { clientOf, newPrefix } from '../../../../redis/test/setting.ts'
import type { Clock } from '../../../src/clock.ts'
import type { KeyRef } from '../../../src/keys/key-ref.ts'
import type { KeySpec } from '../../../src/keys/key-specification.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { StoredKeyProvider } from '../../../src/keys/stored/stored-key-provider.ts'
import { fileStore } from '../../../src/stores/file-store.ts'
import type { KeyStore } from '../../../src/stores/key-store.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { rsaKey } from '../../support/rsa-keys.ts'
import { quickTemporary } from '../../support/temporary.ts'

export type Keys = LocalKeyProvider | StoredKeyProvider

/** A provider that the cases of all providers run on. */
export interface ProviderKind {
  readonly name: string
  /** A provider without keys. */
  readonly open: (clock?: Clock) => Promise<Keys>
}

const folders: string[] = []
const opened: StoredKeyProvider[] = []
let redis: Redis | undefined

interface Redis {
  readonly server: RedisServer
  readonly client: Awaited<ReturnType<typeof clientOf>>
}

/** Starts the Redis server of the providers. To be called before all tests of a file, with `redisPatience`. */
export async function startRedis(): Promise<void> {
  const server = await RedisServer.start()
  redis = { server, client: await clientOf(server.url) }
}

/** A store without records, in Redis. */
export function newRedisStore(): KeyStore {
  if (redis === undefined) throw new Error('the test file does not call `startRedis`')
  return redisStore(redis.client, { prefix: newPrefix() })
}

/** So that a test of a store needs no folder and no keys of its own. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(quickTemporary, 'bearerkit-keys-'))
  folders.push(folder)
  return folder
}

/** All that is in Redis. */
export async function everythingInRedis(): Promise<string[]> {
  const client = redis?.client
  if (client === undefined) return []
  const names = await client.keys('*')
  const values = await Promise.all(names.map((name) => client.dump(name)))
  const hashes = names.filter((name) => name.endsWith('records'))
  const records = await Promise.all(hashes.map((name) => client.hGetAll(name)))
  return [...names, ...values.map(String), JSON.stringify(records)]
}

async function openStored(store: KeyStore, clock: Clock | undefined): Promise<StoredKeyProvider> {
  // A busy disk takes its time.
  const requestTimeout = '60s'
  const encryptionKeys = [new Uint8Array(32).fill(7)]
  const keys = await StoredKeyProvider.open({ store, encryptionKeys, requestTimeout, clock })
  opened.push(keys)
  return keys
}

/** Closes what was opened. To be called after all tests of a file. */
export async function closeProviders(): Promise<void> {
  await Promise.all(opened.map((keys) => keys.close()))
  redis?.client.destroy()
  await redis?.server.close()
  // A store may still take a snapshot behind its last write, hence the retries.
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 10 })))
}

/**
 * Adds a new key. RSA keys are imported, because generating one takes a quarter of a second; `supports.test.ts` generates
 * a key for each algorithm.
 */
export async function addKey(keys: Keys, spec: KeySpec): Promise<KeyRef> {
  return /^[RP]S/.test(spec.alg) ? keys.importKey(spec, rsaKey()) : keys.createKey(spec)
}

/** For cases that take long and depend on how keys are made, but not on the store that they are in. */
export const localAndStored: readonly ProviderKind[] = [
  { name: 'local keys', open: async (clock) => new LocalKeyProvider(clock && { clock }) },
  { name: 'keys stored in memory', open: (clock) => openStored(memoryStore(clock && { clock }), clock) },
]

/** The local provider, and the stored one on each store. */
export const providers: readonly ProviderKind[] = [
  ...localAndStored,
  {
    name: 'keys stored in a folder',
    open: async (clock) => openStored(fileStore(await newFolder(), clock && { clock }), clock),
  },
  { name: 'keys stored in Redis', open: async (clock) => openStored(newRedisStore(), clock) },
]
