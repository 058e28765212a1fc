import { redisPatience } from '../../../../test/support/redis-server.ts'
import { type Instance, Processes, storeKinds } from './setting.ts'

let processes: Processes

beforeAll(async () => {
  processes = await Processes.prepare()
}, redisPatience)

afterAll(() => processes.close())

/** `npm run fleet` makes more. */
const tokensOfEach = Number(process.env['TOKENS'] ?? 1000) / 4

/** Each instance verifies tokens that the others have just issued. */
async function exchange(instances: readonly Instance[], count: number): Promise<string[]> {
  const refused = instances.map(async (one) => {
    const tokens = await one.call.issue(count)
    return Promise.all(instances.map((other) => other.call.verify(tokens)))
  })
  return (await Promise.all(refused)).flat(2)
}

const kinds = Object.entries(storeKinds).filter(([name]) => !name.endsWith('ioredis'))

describe.each(kinds)('processes whose keys are in %s', (_, newStore) => {
  it('make one key when eight of them ensure it at once', async () => {
    const instances = await processes.openMany(8, { store: await newStore(processes) })
    const fingerprints = await Promise.all(instances.map(({ call }) => call.ensureKey()))
    expect(new Set(fingerprints).size).toBe(1)
    for (const { call } of instances) {
      await call.refresh()
      expect((await call.health()).versions).toEqual([1])
      await call.close()
    }
  }, 60_000)

  it('accept each other’s tokens at once, also in the moment of a rotation', async () => {
    const instances = await processes.openMany(4, { store: await newStore(processes) })
    await Promise.all(instances.map(({ call }) => call.ensureKey()))
    const refused: string[] = []
    const batch = 10
    for (let issued = 0; issued < tokensOfEach; issued += batch) {
      const rotating = instances[(issued / batch) % instances.length]?.call.rotateKey({})
      refused.push(...(await exchange(instances, batch)))
      await rotating
    }
    expect(refused).toEqual([])
    // Another instance may have made the last rotation.
    await instances[0]?.call.refresh()
    const { versions } = (await instances[0]?.call.health()) ?? {}
    expect(versions).toHaveLength(1 + tokensOfEach / batch)
    await Promise.all(instances.map(({ call }) => call.close()))
  }, 120_000)
})
