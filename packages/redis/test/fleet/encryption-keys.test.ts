import { redisPatience } from '../../../../test/support/redis-server.ts'
import { clientOf } from '../setting.ts'
import { encryptionKey, type Instance, otherEncryptionKey, Processes, storeKinds } from './setting.ts'

let processes: Processes

beforeAll(async () => {
  processes = await Processes.prepare()
}, redisPatience)

afterAll(() => processes.close())

async function expectAllAccepted(instances: readonly Instance[]): Promise<void> {
  for (const one of instances) {
    const tokens = await one.call.issue(2)
    for (const other of instances) expect(await other.call.verify(tokens)).toEqual([])
  }
  for (const { call } of instances) {
    await call.refresh()
    expect(await call.health()).toMatchObject({ state: 'fresh', setAside: 0 })
  }
}

const kinds = Object.entries(storeKinds).filter(([name]) => !name.endsWith('ioredis'))

describe.each(kinds)('encryption keys of records in %s', (_, newStore) => {
  it('are replaced in a rolling deployment, in which no instance fails at any step', async () => {
    const store = await newStore(processes)
    const [current, next] = [encryptionKey, otherEncryptionKey]
    const instances = await processes.openMany(2, { store, encryptionKeys: [current] })
    await instances[0]?.call.ensureKey()
    for (const encryptionKeys of [[current, next], [next, current], [next]]) {
      for (const index of instances.keys()) {
        await instances[index]?.call.close()
        instances[index] = await processes.open({ store, encryptionKeys })
        // Each instance writes a record with its first key, and the others need it at once.
        await instances[index]?.call.rotateKey({})
        await expectAllAccepted(instances)
      }
      if (encryptionKeys[0] === next) await instances[0]?.call.reencrypt()
      await expectAllAccepted(instances)
    }
    const { versions, encryptions } = (await instances[0]?.call.health()) ?? {}
    expect(versions).toHaveLength(7)
    expect(encryptions).toBe(1)
    await Promise.all(instances.map(({ call }) => call.close()))
  }, 240_000)
})

describe('a wrong encryption key for records in Redis', () => {
  it('is refused by name when an instance opens; nothing is overwritten, and no second key is made', async () => {
    const store = processes.redisStore()
    const good = await processes.open({ store })
    const fingerprint = await good.call.ensureKey()
    const client = await clientOf(processes.redis.url)
    const records = (): Promise<unknown> => client.hGetAll(`{${store.prefix}}records`)
    const before = await records()
    await expect(processes.open({ store, encryptionKeys: [otherEncryptionKey] })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(/`encryptionKeys`.*redis test /),
    })
    expect(await records()).toEqual(before)
    client.destroy()
    expect(await good.call.ensureKey()).toBe(fingerprint)
    await good.call.close()
  })
})
