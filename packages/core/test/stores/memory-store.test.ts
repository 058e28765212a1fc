import { describeKeyStore } from '@bearerkit/testing'
import { memoryStore } from '../../src/stores/memory-store.ts'

describeKeyStore('memoryStore', async () => {
  const store = memoryStore()
  return { connect: () => store, close: async () => undefined }
})
