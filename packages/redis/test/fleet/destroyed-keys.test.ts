import { redisPatience } from '../../../../test/support/redis-server.ts'
import { TcpProxy } from '../../../../test/support/tcp-proxy.ts'
import { type Instance, Processes, storeKinds } from './setting.ts'

/** `npm run fleet` measures, and prints the medians. */
const isMeasured = process.env['REPORT'] !== undefined
const times = isMeasured ? 25 : 3

let processes: Processes

beforeAll(async () => {
  processes = await Processes.prepare()
}, redisPatience)

afterAll(() => processes.close())

/** Destroys the key in one process. Resolves with the milliseconds until another one has taken it away. */
async function timeUntilFelt(one: Instance, other: Instance): Promise<number> {
  await one.call.ensureKey()
  const [token = ''] = await one.call.issue(1)
  expect(await other.call.verify([token])).toEqual([])
  const felt = other.next('keyRemoved')
  await one.call.destroyKey()
  const destroyedAt = performance.now()
  await felt
  const elapsed = performance.now() - destroyedAt
  expect(await other.call.verify([token])).toEqual([expect.stringContaining('key_unknown')])
  return elapsed
}

async function pairOn(near: Parameters<Processes['open']>[0], far = near): Promise<[Instance, Instance]> {
  return [await processes.open(near), await processes.open(far)]
}

describe.each(Object.entries(storeKinds))('a key in %s that one process destroys', (name, newStore) => {
  it('is refused by another one as soon as it is notified', async () => {
    const pair = await pairOn({ store: await newStore(processes), pollInterval: '1h' })
    const elapsed: number[] = []
    for (let time = 0; time < times; time += 1) elapsed.push(await timeUntilFelt(...pair))
    report(`notified, ${name}`, elapsed)
    await Promise.all(pair.map(({ call }) => call.close()))
  })
})

describe.each(['redis 6', 'ioredis 6'])('a key in Redis, over a proxy and a client of %s', (client) => {
  /** One process near the server, and one behind a proxy. */
  async function behindProxy(pollInterval: `${number}ms` | '1h') {
    const proxy = await TcpProxy.start(processes.redis.port)
    const store = processes.redisStore({ client })
    const pair = await pairOn({ store, pollInterval: '1h' }, { store: { ...store, url: proxy.url }, pollInterval })
    return { proxy, pair }
  }

  async function close({ proxy, pair }: Awaited<ReturnType<typeof behindProxy>>): Promise<void> {
    await Promise.all(pair.map(({ call }) => call.close()))
    await proxy.close()
  }

  it('is refused at the next poll when notifications are lost', async () => {
    const scene = await behindProxy('300ms')
    scene.proxy.loseMessages()
    const elapsed: number[] = []
    for (let time = 0; time < times; time += 1) elapsed.push(await timeUntilFelt(...scene.pair))
    report(`notifications lost, poll 300 ms, ${client}`, elapsed)
    await close(scene)
  })

  it('is refused when connections come back after they were cut in the moment of the change', async () => {
    const scene = await behindProxy('1h')
    const { proxy, pair } = scene
    const [one, other] = pair
    await one.call.ensureKey()
    const [token = ''] = await one.call.issue(1)
    expect(await other.call.verify([token])).toEqual([])
    const felt = other.next('keyRemoved')
    await proxy.refuse()
    await one.call.destroyKey()
    await proxy.accept()
    await felt
    expect(await other.call.verify([token])).toEqual([expect.stringContaining('key_unknown')])
    await close(scene)
  })
})

function report(what: string, elapsed: readonly number[]): void {
  if (!isMeasured) return
  const median = elapsed.toSorted((a, b) => a - b)[Math.floor(elapsed.length / 2)] ?? 0
  process.stderr.write(`${what}: felt after ${median.toFixed(0)} ms (median of ${elapsed.length})\n`)
}
