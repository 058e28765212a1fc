import type { Clock } from '../../../src/clock.ts'
import { KeyRotation } from '../../../src/keys/local/key-rotation.ts'
import type { StoredKeyProviderOptions } from '../../../src/keys/stored/stored-key-options.ts'
import type { StoreWrite, WriteOptions } from '../../../src/stores/key-store.ts'
import { TwoClocks } from '../../support/two-clocks.ts'
import { closeInstances, FaultyStore, Fleet, type Instance, names } from './setting.ts'

afterAll(closeInstances)

const minute = 60_000
const hour = 60 * minute
const pause = 10 * minute

/** The process is suspended for ten minutes after it has looked at the clock so many times. */
class PausingClock extends TwoClocks {
  #looksLeft = Number.POSITIVE_INFINITY

  override now(): number {
    const now = super.now()
    this.#looksLeft -= 1
    if (this.#looksLeft === 0) this.advance(pause)
    return now
  }

  pauseAfter(looks: number): void {
    this.#looksLeft = looks
  }

  get hasPaused(): boolean {
    return this.#looksLeft <= 0
  }
}

/** Notes the time of each write. */
class TimedStore extends FaultyStore {
  readonly #clock: Clock
  writtenAt = 0

  constructor(clock: Clock) {
    super()
    this.#clock = clock
  }

  override async write(change: StoreWrite, options: WriteOptions): Promise<string | undefined> {
    const revision = await super.write(change, options)
    this.writtenAt = this.#clock.now()
    return revision
  }
}

test('an instance that is suspended at any moment of a rotation announces the version for as long as it must', async () => {
  let pauses = 0
  for (let looks = 1; looks < 30; looks += 1) {
    const clock = new PausingClock()
    const store = new TimedStore(clock)
    const { keys } = await new Fleet(store, clock).open()
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    clock.pauseAfter(looks)
    await keys.rotateKey('orders', { activateAfter: '1h' })
    const { activatesAt } = await keys.getKey('orders', 2)
    expect(Number(activatesAt) - store.writtenAt).toBeGreaterThanOrEqual(hour - 2000)
    if (clock.hasPaused) pauses += 1
  }
  expect(pauses).toBeGreaterThan(5)
})

test('an instance that wakes up during its rotation takes the version that others have made', async () => {
  const fleet = new Fleet()
  const [sleeper, other] = await fleet.pair()
  await sleeper.keys.createKey({ alg: 'ES256', kid: 'orders' })
  const plan = { kid: 'orders', every: '10d', clock: fleet.clock } as const
  const rotations = [sleeper, other].map(({ keys }) => new KeyRotation({ ...plan, keys }))
  for (const rotation of rotations) await rotation.advance()
  fleet.clock.advance(10 * 24 * hour)
  // It sleeps while the other one rotates, and its copy of the store is from before.
  await rotations[1]?.advance()
  fleet.clock.advance(pause)
  await rotations[0]?.advance()
  for (const { keys } of [sleeper, other]) {
    await keys.refresh()
    expect(await keys.listVersions('orders')).toEqual([1, 2])
  }
})

describe('an instance that was suspended during a read, which is never answered', () => {
  /** The read fails a moment after the instance wakes up. */
  const impatient = { requestTimeout: '50ms' } as const

  async function interrupted(options: Pick<StoredKeyProviderOptions, 'requestTimeout'>) {
    const clock = new TwoClocks()
    const fleet = new Fleet(new FaultyStore(), clock)
    const sleeper = await fleet.open({ pollInterval: '1m', staleIfError: '1h', random: () => 1, ...options })
    const other = await fleet.open()
    await sleeper.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await other.keys.rotateKey('orders', { activateAfter: '1h' })
    fleet.store.fault = 'hangs'
    const reading = sleeper.keys.refresh().catch(() => undefined)
    fleet.store.fault = undefined
    return { clock, fleet, sleeper, reading }
  }

  async function publishedBy({ keys }: Instance): Promise<unknown[]> {
    return (await keys.publishedJwks()).keys.map(({ kid }) => kid)
  }

  it('publishes what was announced meanwhile, and does not back off', async () => {
    const { clock, sleeper, reading } = await interrupted(impatient)
    clock.advance(pause)
    await reading
    expect(await publishedBy(sleeper)).toEqual(['orders.1', 'orders.2'])
    expect(names(sleeper)).not.toContain('refreshFailed')
  })

  it('reads the store anew, also if the time limit of that read stood still with the machine', async () => {
    const { clock, sleeper } = await interrupted({ requestTimeout: '2s' })
    clock.sleep(pause)
    expect(await publishedBy(sleeper)).toEqual(['orders.1', 'orders.2'])
  })

  it('publishes what was announced meanwhile in answer to a request that came before', async () => {
    const clock = new TwoClocks()
    const fleet = new Fleet(new FaultyStore(), clock)
    const sleeper = await fleet.open({ pollInterval: '1m', staleIfError: '1h', random: () => 1, ...impatient })
    const other = await fleet.open()
    await sleeper.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await other.keys.rotateKey('orders', { activateAfter: '1h' })
    clock.advance(2 * minute)
    fleet.store.fault = 'hangs'
    const answer = publishedBy(sleeper)
    await new Promise((resolve) => setImmediate(resolve))
    fleet.store.fault = undefined
    clock.advance(pause)
    expect(await answer).toEqual(['orders.1', 'orders.2'])
  })

  it('publishes what it has, and backs off, if the store is down when it wakes up', async () => {
    const { clock, fleet, sleeper, reading } = await interrupted(impatient)
    clock.advance(pause)
    fleet.store.fault = new Error('down')
    await reading
    const { reads } = fleet.store
    expect(await publishedBy(sleeper)).toEqual(['orders.1'])
    expect(fleet.store.reads).toBe(reads)
  })
})

describe('an instance whose machine has slept for longer than the outage window', () => {
  async function asleep() {
    const clock = new TwoClocks()
    const fleet = new Fleet(new FaultyStore(), clock)
    const [sleeper, other] = await fleet.pair({ staleIfError: '1h', pollInterval: '1h' })
    await sleeper.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await other.keys.refresh()
    const token = await other.tokens.issue({ sub: 'user-1' }, { expiresIn: '1d' })
    await sleeper.verifier.verify(token)
    return { clock, fleet, sleeper, other, token }
  }

  it('reads the store before it uses a key again', async () => {
    const { clock, fleet, sleeper, token } = await asleep()
    clock.sleep(3 * hour)
    const { reads } = fleet.store
    await sleeper.verifier.verify(token)
    expect(fleet.store.reads).toBeGreaterThan(reads)
    expect(await sleeper.tokens.issue({ sub: 'user-1' })).toBeDefined()
  })

  it('accepts no token of a key that was destroyed meanwhile', async () => {
    const { clock, sleeper, other, token } = await asleep()
    await other.keys.destroyKey('orders')
    clock.sleep(3 * hour)
    await expect(sleeper.verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
    await expect(sleeper.tokens.issue({ sub: 'user-1' })).rejects.toMatchObject({ code: 'key_not_found' })
  })

  it('answers 503 if the store is down', async () => {
    const { clock, fleet, sleeper, token } = await asleep()
    clock.sleep(3 * hour)
    fleet.store.fault = new Error('down')
    await expect(sleeper.verifier.verify(token)).rejects.toMatchObject({ code: 'key_store_unavailable' })
  })
})
