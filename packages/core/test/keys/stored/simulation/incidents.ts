import type { SeededRandom } from '../../../support/seeded-random.ts'
import type { SimulatedFleet } from './fleet.ts'
import type { Instance } from './instance.ts'
import type { ServiceProcess } from './service-process.ts'
import { longTroubles, troubles, Weather, type WeatherKind } from './world/weather.ts'

const second = 1000
const minute = 60 * second

/** What happens to a fleet. Each method returns when it is over. */
export class Incidents {
  readonly #fleet: SimulatedFleet
  readonly #random: SeededRandom
  readonly counts = { weathers: 0, pauses: 0, restarts: 0 }

  constructor(fleet: SimulatedFleet, random: SeededRandom) {
    this.#fleet = fleet
    this.#random = random
  }

  /** The store, or the way to it, fails. */
  async weather(): Promise<void> {
    const random = this.#random
    const kind: WeatherKind = random.chance(0.25) ? 'no news' : random.pick(troubles)
    const affected = random.chance(0.6) ? this.#fleet.instances : this.#some()
    const isLong = longTroubles.includes(kind) && random.chance(0.25)
    const lasts = (isLong ? random.between(20, 100) : random.between(0.1, 5)) * minute
    await this.#endure(new Weather(kind, new Set(affected)), lasts)
  }

  /** Some instances cannot reach the store, and the others go on without them. */
  async cutOff(): Promise<void> {
    const random = this.#random
    const weather = new Weather(random.pick(longTroubles), new Set(this.#some()))
    await this.#endure(weather, random.between(1, 40) * minute)
  }

  #some(): Instance[] {
    return this.#fleet.instances.filter(() => this.#random.chance(0.3))
  }

  async #endure(weather: Weather, lasts: number): Promise<void> {
    const { store, time } = this.#fleet
    if (store.weather.kind !== 'fair') return
    this.counts.weathers += 1
    time.pass(lasts + 60 * second)
    this.#changeWeather(weather)
    await time.wait(lasts)
    this.#changeWeather(new Weather('fair', new Set()))
  }

  /** Some instances are suspended, and wake. */
  async pause(): Promise<void> {
    const count = this.#random.pick([1, 1, 2, 3])
    await Promise.all(Array.from({ length: count }, () => this.#pauseOne()))
  }

  async #pauseOne(): Promise<void> {
    const process = this.#fleet.someAwake(this.#random)
    if (process === undefined) return
    const random = this.#random
    const lasts = random.chance(0.1) ? random.between(12, 100) * minute : random.between(0.1, 12) * minute
    if (random.chance(0.5)) await process.connection.nextRequest()
    if (process.instance.awake !== process) return
    this.counts.pauses += 1
    this.#fleet.time.pass(10 * second)
    process.suspend()
    await this.#fleet.time.wait(lasts)
    if (process.instance.process !== process) return
    this.#fleet.time.pass(60 * second)
    process.resume()
    // Requests come in before the timers that were due in the meantime have run, and after that.
    if (random.chance(0.5)) await this.#use(process)
    await this.#fleet.time.wait(random.between(1, 100))
    if (process.instance.awake === process) await this.#use(process)
  }

  /** All instances are on one host, which is suspended when one of them has decided on a write and not sent it yet. */
  async pauseHost(): Promise<void> {
    await this.#fleet.store.nextWrite()
    const { awake: processes, time } = this.#fleet
    this.counts.pauses += 1
    time.pass(10 * second)
    for (const process of processes) process.suspend()
    await time.wait(this.#random.between(0.1, 20) * minute)
    time.pass(60 * second)
    const woken = processes.filter((process) => process.instance.process === process)
    for (const process of woken) process.resume()
    // Requests come in before the write is sent.
    for (const process of woken) if (this.#random.chance(0.5)) this.#fleet.spawn(this.#use(process))
  }

  /** It publishes its keys, and signs. */
  async #use(process: ServiceProcess): Promise<void> {
    const { announcements, rules } = this.#fleet
    this.#fleet.spawn(announcements.fetch(process))
    await rules.issue(process)
  }

  async restart(): Promise<void> {
    this.counts.restarts += 1
    this.#fleet.time.pass(20 * second)
    await this.#fleet.restart(this.#random.pick(this.#fleet.instances), this.#random.pick(['SIGTERM', 'SIGKILL']))
  }

  #changeWeather(weather: Weather): void {
    this.#fleet.store.weather = weather
    for (const instance of this.#fleet.instances) {
      const isDeaf = weather.affects(instance)
      instance.weatherChanges({ isDeaf, isTroubled: isDeaf && weather.kind !== 'no news' })
    }
  }
}
