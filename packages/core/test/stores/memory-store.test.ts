import { describeKeyStore } from '@bearerkit/testing/contract'
import { memoryStore } from '../../src/stores/memory-store.ts'

describeKeyStore('memoryStore', async () => {
  const store = memoryStore()
  return { connect: () => store, close: async () => undefined }
})
