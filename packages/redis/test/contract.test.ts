import { randomUUID } from 'node:crypto'
import { describeKeyStore } from '@bearerkit/testing/contract'
import { redisForTests, redisPatience } from '../../../test/support/redis-server.ts'
import { redisStore } from '../src/index.ts'
import { type AppClient, clients } from './clients.ts'
import { keysOf, removeKeys } from './stored-keys.ts'

let server: Awaited<ReturnType<typeof redisForTests>>

beforeAll(async () => {
  server = await redisForTests()
}, redisPatience)

afterAll(() => server.close())

describe.each(Object.entries(clients))('with a client of %s', (_, connect) => {
  let app: AppClient

  beforeAll(async () => {
    app = await connect(server.url)
  })

  afterAll(() => app.close())

  describeKeyStore('redisStore', async () => {
    const prefix = `test ${randomUUID()}:`
    return {
      connect: () => redisStore(app.client, { prefix }),
      close: () => removeKeys(app.client, keysOf(`{${prefix}}`)),
    }
  })
})
