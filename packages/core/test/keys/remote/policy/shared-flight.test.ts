import { SharedFlight } from '../../../../src/keys/remote/policy/shared-flight.ts'
import { settled } from '../../../support/fake-fetch.ts'
import { jwksUrl } from '../../../support/foreign-issuer.ts'
import { TwoClocks } from '../../../support/two-clocks.ts'
import { foreign, found, next, nextHint, setting } from '../remote-setting.ts'

interface Setting {
  readonly flights: SharedFlight<string, number>
  readonly clock: TwoClocks
  readonly land: (flight: number) => void
}

/** Flights of at most five seconds. Each resolves to its number. */
function flightsOf(): Setting {
  const clock = new TwoClocks()
  const landings: (() => void)[] = []
  const fly = (): Promise<number> =>
    new Promise((resolve) => {
      const number = landings.length + 1
      landings.push(() => resolve(number))
    })
  return { flights: new SharedFlight(5000, fly, clock), clock, land: (flight) => landings[flight - 1]?.() }
}

describe('a flight', () => {
  it('is shared by all concurrent callers, for any kind of fetch', async () => {
    const { flights, land } = flightsOf()
    const all = [flights.share('ordinary'), flights.share('forced')]
    expect(flights.underWay).toMatchObject({ kind: 'ordinary' })
    land(1)
    expect(await Promise.all(all)).toEqual([1, 1])
  })

  it('is followed by a new one once it has landed', async () => {
    const { flights, land } = flightsOf()
    const first = flights.share('a')
    land(1)
    await first
    expect(flights.underWay).toBeUndefined()
    const second = flights.share('b')
    land(2)
    expect(await second).toBe(2)
  })

  it.each([
    ['by the wall clock, after the machine slept', 5000, 0],
    ['by the monotonic clock, after the process was stopped and the wall clock was set back', -100, 5000],
  ])('is not shared past its deadline: %s', async (_, wall, steady) => {
    const { flights, clock, land } = flightsOf()
    const dead = flights.share('a')
    clock.wall += wall
    clock.steady += steady
    const alive = flights.share('a')
    land(2)
    expect(await alive).toBe(2)
    land(1)
    expect(await dead).toBe(1)
    expect(flights.underWay).toBeUndefined()
  })

  it('is shared until its deadline', () => {
    const { flights, clock } = flightsOf()
    void flights.share('a')
    clock.wall += 4999
    expect(flights.underWay).toBeDefined()
  })

  it('that lands late does not end its successor', async () => {
    const { flights, clock, land } = flightsOf()
    const dead = flights.share('a')
    clock.wall += 5000
    void flights.share('b')
    land(1)
    await dead
    expect(flights.underWay).toMatchObject({ kind: 'b' })
  })
})

describe('a process that was suspended during a fetch', () => {
  const waiting: ((answer: Response) => void)[] = []

  /** The connection of the first request is dead; the source answers the next ones. */
  function frozenSource(document: object = foreign.jwks): (init: RequestInit) => Promise<Response> {
    waiting.length = 0
    return ({ signal }) =>
      new Promise((resolve, reject) => {
        if (waiting.length > 0) resolve(Response.json(document))
        waiting.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      })
  }

  function sleepFor(milliseconds: number): void {
    const [wall, steady] = [Date.now(), performance.now()]
    jest.spyOn(Date, 'now').mockReturnValue(wall + milliseconds)
    jest.spyOn(performance, 'now').mockReturnValue(steady + milliseconds)
  }

  afterEach(() => {
    jest.restoreAllMocks()
  })

  it('starts a new fetch for the next request', async () => {
    const { keys, remote } = setting({ requestTimeout: '1m' })
    remote.answers.set(jwksUrl, frozenSource())
    const lost = keys.ready()
    await settled()
    sleepFor(60_000)
    expect(await found(keys)).toMatchObject({ count: 1 })
    keys.close()
    await expect(lost).rejects.toThrow('closed')
  })

  it('does not back off because of the dead fetch', async () => {
    const { keys, remote } = setting({ requestTimeout: '500ms', random: () => 1 })
    remote.answers.set(jwksUrl, frozenSource())
    const lost = keys.ready()
    await settled()
    sleepFor(60_000)
    expect(await found(keys)).toMatchObject({ count: 1 })
    await lost
    expect(keys.health()).toMatchObject({ state: 'fresh', lastError: undefined })
  })

  it('starts a new fetch for the callers that waited for the dead one', async () => {
    const { keys, remote } = setting({ requestTimeout: '500ms', random: () => 1 })
    remote.answers.set(jwksUrl, frozenSource())
    const lost = found(keys)
    await settled()
    sleepFor(60_000)
    expect(await lost).toMatchObject({ count: 1 })
    expect(remote.requests).toHaveLength(2)
  })

  it('keeps the newer keys if the dead fetch is answered after all', async () => {
    const { keys, remote } = setting({ requestTimeout: '1m' })
    remote.answers.set(jwksUrl, frozenSource(next.jwks))
    const lost = keys.ready()
    await settled()
    sleepFor(60_000)
    await found(keys, nextHint)
    waiting[0]?.(Response.json(foreign.jwks))
    await lost
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
    expect(keys.health().kids).toEqual(['orders.2'])
  })

  it('asks again if the fetch was answered before the suspension, because the keys may have changed since', async () => {
    const { keys, remote } = setting({ requestTimeout: '1m' })
    remote.answers.set(jwksUrl, () => {
      sleepFor(3_600_000)
      remote.answers.set(jwksUrl, next.jwks)
      return Response.json(foreign.jwks)
    })
    expect(await found(keys)).toMatchObject({ count: 0 })
    expect(keys.health().kids).toEqual(['orders.2'])
  })
})
