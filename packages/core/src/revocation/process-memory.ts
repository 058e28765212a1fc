import type { KeyStore, StoreContents } from '../stores/key-store.ts'

/**
 * The store of an instance that shares its revocations with nobody. It keeps nothing, because the instance itself keeps all
 * of them. Each write answers that the record exists.
 */
export const processMemory: KeyStore = {
  name: 'memory of this process',
  prefix: '',
  isInProcess: true,
  read: async (): Promise<StoreContents> => ({ records: [], removed: [], revision: '' }),
  write: async () => undefined,
}
