import {
  type KeyStore,
  type LocalKeyProvider,
  memoryStore,
  StoredKeyProvider,
  type StoredRecord,
} from '@bearerkit/core'
import { forEachOf } from '../pace.ts'
import { countingTo } from '../tokens.ts'

export const alg = 'ES256'
/** A retired one, one that signs, and one that is published before it signs. */
export const versionsOfKey = 3

export const encryptionKeys: readonly Uint8Array[] = [new Uint8Array(32).fill(7)]

/** Long enough for 3,000 records on a busy machine. */
export const requestTimeout = '60s'
const patience = 10 * 60_000

export function nameOfKey(number: number): string {
  return `key-${number}`
}

/** Makes keys of three versions each. */
export async function fill(keys: LocalKeyProvider | StoredKeyProvider, count: number): Promise<void> {
  for (const number of countingTo(count)) {
    const kid = nameOfKey(number)
    await keys.createKey({ alg, kid })
    await keys.rotateKey(kid, { retainFor: '1h' })
    await keys.rotateKey(kid, { activateAfter: '1h', retainFor: '1h' })
  }
}

/** The encrypted records of so many keys, for a store with this prefix: records are bound to it. */
export async function recordsFor(prefix: string, count: number): Promise<readonly StoredRecord[]> {
  const store = withPrefix(memoryStore(), prefix)
  const keys = await StoredKeyProvider.open({ store, encryptionKeys, requestTimeout })
  await fill(keys, count)
  await keys.close()
  return (await store.read({ signal: AbortSignal.timeout(patience) })).records
}

function withPrefix(store: KeyStore, prefix: string): KeyStore {
  return { name: 'memory store', prefix, read: (options) => store.read(options), write: store.write.bind(store) }
}

/** Fills a store with records that were made for another one. */
export async function copyInto(store: KeyStore, records: readonly StoredRecord[]): Promise<void> {
  const signal = AbortSignal.timeout(patience)
  await forEachOf(records, 16, ({ id, value }) =>
    store.write({ id, value, ifRevision: undefined }, { signal, within: patience }),
  )
}
