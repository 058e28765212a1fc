import { access } from 'node:fs/promises'
import { fileStore, type KeyStore, StoredKeyProvider } from '@bearerkit/core'
import { redisStore } from '@bearerkit/redis'
import { UsageError } from '../../frame/failure.ts'
import type { Runtime } from '../../frame/runtime.ts'
import { connectRedis } from './redis-client.ts'
import type { StoreLocation } from './store-options.ts'

interface OpenStore {
  readonly store: KeyStore
  readonly close: () => void
}

/**
 * Opens a store, and closes it when the work is done. The encryption keys come from the environment.
 *
 * @throws UsageError if there is no such store: a folder is created only for a new key
 * @throws ConfigurationError if the encryption keys are missing or wrong
 * @throws KeyStoreUnavailableError if the store cannot be read
 */
export async function withStoredKeys<T>(
  location: StoreLocation & { readonly mayBeNew?: boolean },
  runtime: Runtime,
  work: (keys: StoredKeyProvider) => Promise<T>,
): Promise<T> {
  const { store, close } = await (isRedis(location) ? openRedis(location) : openFolder(location))
  try {
    const keys = await StoredKeyProvider.open({ store, clock: runtime.clock })
    try {
      return await work(keys)
    } finally {
      await keys.close()
    }
  } finally {
    close()
  }
}

function isRedis({ store }: StoreLocation): boolean {
  return /^rediss?:\/\//i.test(store)
}

async function openRedis({ store: url, prefix }: StoreLocation): Promise<OpenStore> {
  if (prefix === undefined) throw new UsageError('a store in Redis needs --prefix, the same as in the service')
  const { client, disconnect } = await connectRedis(url)
  return { store: redisStore(client, { prefix }), close: disconnect }
}

async function openFolder({
  store: folder,
  prefix,
  mayBeNew = false,
}: StoreLocation & { readonly mayBeNew?: boolean }): Promise<OpenStore> {
  if (prefix !== undefined) throw new UsageError('--prefix is for a store in Redis')
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(folder))
    throw new UsageError('--store must be a folder, or a URL that begins with redis:// or rediss://')
  if (!mayBeNew && !(await exists(folder))) throw new UsageError(`there is no folder ${folder}`)
  return { store: fileStore(folder), close: () => undefined }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
