import { fileStore, type KeyStore } from '@bearerkit/core'
import { redisStore } from '../../src/index.ts'
import { clients } from '../clients.ts'

/** Where an instance keeps its records. */
export type StoreOfService =
  { readonly folder: string } | { readonly url: string; readonly client: string; readonly prefix: string }

export async function openStore(store: StoreOfService): Promise<{ opened: KeyStore; disconnect: () => unknown }> {
  if ('folder' in store) return { opened: fileStore(store.folder), disconnect: () => undefined }
  const connect = clients[store.client]
  if (connect === undefined) throw new Error(`there is no client ${store.client}`)
  const app = await connect(store.url)
  return { opened: redisStore(app.client, { prefix: store.prefix }), disconnect: () => app.close() }
}
