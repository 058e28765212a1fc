import { setTimeout as pause } from 'node:timers/promises'
import { redisPatience } from '../../../../test/support/redis-server.ts'
import type { SeenVersion } from './service.ts'
import { type Instance, Processes, storeKinds } from './setting.ts'

/** Durations are in milliseconds. */
interface Pace {
  readonly lasts: number
  readonly every: number
  readonly clockSkew: number
  readonly pause: number
}

const paces: Readonly<Record<'short' | 'long', Pace>> = {
  short: { lasts: 5000, every: 1000, clockSkew: 400, pause: 2000 },
  long: { lasts: 60_000, every: 6000, clockSkew: 5000, pause: 10_000 },
}

/** `npm run fleet` takes the long one. */
const isLong = process.env['ROTATIONS'] === 'long'
const { lasts, every, clockSkew, pause: paused } = paces[isLong ? 'long' : 'short']
const pollInterval = 100
const issueEvery = 50

let processes: Processes

beforeAll(async () => {
  processes = await Processes.prepare()
}, redisPatience)

afterAll(() => processes.close())

/** Instances that rotate by their clocks, and verify each token that another one has issued. */
class RotatingFleet {
  readonly instances: Instance[] = []
  readonly refused: string[] = []
  verified = 0
  readonly #pending = new Set<Promise<void>>()
  /** What was sent to an instance before it was suspended may be no good when it wakes up. */
  readonly #suspensions = new Map<Instance, number>()
  readonly #suspended = new Set<Instance>()

  static async start(newStore: (typeof storeKinds)[string], clockOffsets: readonly number[]): Promise<RotatingFleet> {
    const fleet = new RotatingFleet()
    const store = await newStore(processes)
    const common = { store, pollInterval: `${pollInterval}ms`, clockSkew: `${clockSkew}ms` } as const
    for (const clockOffset of clockOffsets) fleet.#add(await processes.open({ ...common, clockOffset }))
    for (const { call } of fleet.instances) await call.ensureKey()
    await Promise.all(fleet.instances.map(({ call }) => call.run(plan, issueEvery)))
    return fleet
  }

  async suspend(instance: Instance, milliseconds: number): Promise<void> {
    this.#suspended.add(instance)
    this.#suspensions.set(instance, this.#suspensionsOf(instance) + 1)
    instance.suspend()
    await pause(milliseconds)
    this.#suspended.delete(instance)
    instance.resume()
  }

  async end(): Promise<SeenVersion[][]> {
    for (const { events } of this.instances) events.removeAllListeners('issued')
    await Promise.all(this.#pending)
    const seen = await Promise.all(this.instances.map(({ call }) => call.seen()))
    await Promise.all(this.instances.map(({ call }) => call.close()))
    return seen
  }

  #add(instance: Instance): void {
    this.instances.push(instance)
    instance.events.on('issued', (tokens: string[]) => {
      for (const other of this.instances) if (!this.#suspended.has(other)) this.#verify(tokens, other)
    })
    instance.events.on('notIssued', (reason: string) => this.refused.push(`not issued: ${reason}`))
  }

  #suspensionsOf(instance: Instance): number {
    return this.#suspensions.get(instance) ?? 0
  }

  #verify(tokens: readonly string[], instance: Instance): void {
    const suspensions = this.#suspensionsOf(instance)
    const noted = (async () => {
      const refused = await instance.call.verify(tokens)
      if (this.#suspensionsOf(instance) !== suspensions) return
      this.verified += 1
      this.refused.push(...refused)
    })()
    this.#pending.add(noted)
    void noted.finally(() => this.#pending.delete(noted))
  }
}

const plan = {
  every: `${every}ms`,
  jwksMaxAge: '0s',
  verifierCache: '0s',
  longestTokenLifetime: '10s',
  clockSkew: `${clockSkew}ms`,
} as const

/** Versions 1, 2, 3, …; all instances have the same, and none was made before it was due by any clock. */
function expectOneVersionEachTime(seen: readonly SeenVersion[][]): void {
  const versions = new Map<number, SeenVersion>()
  for (const one of seen.flat()) {
    expect(versions.get(one.version) ?? one).toEqual(one)
    versions.set(one.version, one)
  }
  const made = [...versions.values()].toSorted((a, b) => a.version - b.version)
  expect(made.map(({ version }) => version)).toEqual(made.map((_, index) => index + 1))
  // A busy machine makes fewer than are due.
  expect(made.length).toBeGreaterThanOrEqual(3)
  for (const [index, { createdAt }] of made.slice(1).entries())
    expect(createdAt - (made[index]?.createdAt ?? 0)).toBeGreaterThanOrEqual(every - clockSkew)
}

const kinds = Object.entries(storeKinds).filter(([name]) => !name.endsWith('ioredis'))

interface Scenario {
  readonly clockOffsets: readonly number[]
  readonly isOneSuspended: boolean
}

const together = [0, 0, 0, 0]
const apart = [0, clockSkew, 0, clockSkew]
const hardest: Readonly<Record<string, Scenario>> = {
  'their clocks are apart, and one of them is suspended and woken': { clockOffsets: apart, isOneSuspended: true },
}
const scenarios: Readonly<Record<string, Scenario>> = {
  'their clocks agree': { clockOffsets: together, isOneSuspended: false },
  'their clocks are apart as far as they may be': { clockOffsets: apart, isOneSuspended: false },
  'one of them is suspended and woken': { clockOffsets: together, isOneSuspended: true },
  ...hardest,
}

describe.each(kinds)('four processes that rotate a key in %s', (_, newStore) => {
  it.each(Object.entries(isLong ? scenarios : hardest))(
    'make one version each time, and refuse no token, if %s',
    async (_title, { clockOffsets, isOneSuspended }) => {
      const fleet = await RotatingFleet.start(newStore, clockOffsets)
      const end = performance.now() + lasts
      await pause(every / 2)
      const [first] = fleet.instances
      if (isOneSuspended && first !== undefined) await fleet.suspend(first, paused)
      await pause(end - performance.now())
      expectOneVersionEachTime(await fleet.end())
      expect(fleet.refused).toEqual([])
      expect(fleet.verified).toBeGreaterThan(50)
    },
    3 * lasts + 60_000,
  )
})
