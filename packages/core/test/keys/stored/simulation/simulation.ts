import { SeededRandom } from '../../../support/seeded-random.ts'
import { Agenda } from '../../../support/agenda.ts'
import { SimulatedFleet } from './fleet.ts'
import { Incidents } from './incidents.ts'
import { Operators } from './operators.ts'
import { day, hour, plans } from './plan.ts'
import { Health } from './rules/health.ts'
import { Traffic } from './traffic.ts'
import { VirtualTime } from './world/virtual-time.ts'

export interface SimulationOptions {
  readonly seed: number
  readonly days: number
  /** How many times as often rare things happen. Default 1. */
  readonly hurry?: number
}

export type SimulationReport = Readonly<Record<string, number>>

const second = 1000
const minute = 60 * second

/**
 * Simulates a fleet of instances on one store, with skewed clocks and with faults that the seed determines.
 *
 * - A good token is never refused, by any instance, at any time.
 * - A token of a key that the store no longer has is refused as soon as the instance must know of it.
 * - Each rotation makes one version, in time. It has been in every JWKS for as long as these are cached before it signs.
 * - Signing and verifying with a key at hand never wait for the store. They stop when the copy of it is too old.
 * - Every key that signs or is published is in the store. No record is overwritten that could not be read, or that has
 *   changed.
 *
 * While nothing happens, time leaps: that is as if all machines had been suspended together.
 *
 * @throws Error with the seed, the simulated time and the broken rule
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const time = new VirtualTime()
  const uninstall = time.install()
  try {
    return await new Simulation(time, options).run()
  } finally {
    uninstall()
  }
}

class Simulation {
  readonly #options: SimulationOptions
  readonly #time: VirtualTime
  readonly #fleet: SimulatedFleet
  readonly #incidents: Incidents
  readonly #operators: Operators
  readonly #health: Health
  readonly #traffic: Traffic
  readonly #agenda: Agenda
  readonly #random: SeededRandom
  readonly #startedAt: number
  #nextTraffic: number
  #raced: number | undefined
  #disturbed: number | undefined
  /** When a state changed last, or is to change next. */
  #lastChange = -Infinity
  #nextChange = Infinity
  #leaps = 0

  constructor(time: VirtualTime, options: SimulationOptions) {
    const random = new SeededRandom(options.seed)
    const plan = plans[options.seed % plans.length] as (typeof plans)[number]
    this.#options = options
    this.#time = time
    this.#random = random
    this.#startedAt = time.now
    time.pass(minute)
    this.#nextTraffic = time.now
    this.#fleet = new SimulatedFleet(time, plan, random.fork())
    this.#incidents = new Incidents(this.#fleet, random.fork())
    this.#operators = new Operators(this.#fleet, random.fork())
    this.#health = new Health(this.#fleet)
    this.#traffic = new Traffic(this.#fleet, random.fork())
    this.#agenda = new Agenda(() => time.now, random.fork())
    this.#plan(options.hurry ?? 1)
  }

  async run(): Promise<SimulationReport> {
    const end = this.#startedAt + this.#options.days * day
    try {
      for (const instance of this.#fleet.instances) this.#fleet.start(instance)
      while (this.#time.now < end) {
        if (this.#time.now >= this.#time.leapsAfter) this.#leap(end)
        await this.#live(Math.min(this.#agenda.nextAt, this.#nextTraffic, this.#time.leapsAfter, end))
      }
    } catch (error) {
      throw this.#explained(error)
    }
    return this.#report
  }

  #plan(hurry: number): void {
    const incidents = this.#incidents
    const operators = this.#operators
    const rare = day / hurry
    const leak = Math.max(3 * rare, day)
    this.#agenda.every(4 * hour, 16 * hour, () => incidents.weather())
    this.#agenda.every(4 * hour, 16 * hour, () => incidents.pause())
    this.#agenda.every(2 * day, 6 * day, () => incidents.pauseHost())
    this.#agenda.every(6 * hour, 24 * hour, () => incidents.restart())
    this.#agenda.every(leak, 3 * leak, () => this.#leak())
    this.#agenda.every(leak, 3 * leak, () => this.#rotateAtOnce())
    this.#agenda.every(rare, 5 * rare, () => operators.backUp())
    this.#agenda.every(10 * rare, 30 * rare, () => operators.visit())
    this.#agenda.every(15 * rare, 40 * rare, () => operators.rollOut())
    this.#agenda.every(15 * rare, 40 * rare, () => operators.spoil())
    this.#agenda.every(20 * rare, 60 * rare, () => operators.loss())
  }

  async #live(until: number): Promise<void> {
    while (await this.#time.advance(Math.min(until, this.#nextTraffic))) await this.#fleet.check()
    for (const happening of this.#agenda.due()) this.#fleet.spawn(happening())
    if (this.#time.now >= this.#nextTraffic) this.#traffics()
    await this.#time.settle()
    await this.#fleet.check()
  }

  #traffics(): void {
    this.#health.check()
    this.#noteChange()
    this.#disturb()
    this.#race()
    this.#traffic.flow()
    this.#nextTraffic = this.#time.now + this.#pause()
  }

  /** Traffic is dense around the moments that matter. */
  #pause(): number {
    const { now } = this.#time
    const begins = this.#moments.map(({ at }) => at - 6 * second)
    if (begins.some((begin) => begin <= now && now <= begin + 14 * second)) return this.#random.between(50, 600)
    const next = Math.min(...begins.filter((begin) => begin > now))
    return Math.min(this.#random.between(5, 40) * second, next - now)
  }

  #noteChange(): void {
    const next = this.#fleet.awake[0]?.keys.nextKeyChange() ?? Infinity
    if (next !== this.#nextChange) this.#lastChange = this.#nextChange
    this.#nextChange = next
  }

  /** Faults are most likely to do harm when a rotation is about to take place, or a state is about to change. */
  #disturb(): void {
    const next = Math.min(...this.#moments.map(({ at }) => (at > this.#time.now ? at : Infinity)))
    if (next === this.#disturbed || next - this.#time.now > 12 * second) return
    this.#disturbed = next
    const incident = this.#random.pick([
      'pause',
      'pause',
      'weather',
      'weather',
      'restart',
      'cutOff',
      'none',
      'none',
      'none',
    ] as const)
    if (incident !== 'none') this.#fleet.spawn(this.#incidents[incident]())
  }

  /** Some instances may not learn that the key was replaced, because they cannot reach the store. */
  async #leak(): Promise<void> {
    if (this.#random.chance(0.5)) this.#fleet.spawn(this.#incidents.cutOff())
    await this.#operators.leak()
    // The key is gone now. Each instance must refuse its tokens within a second.
    this.#nextTraffic = this.#time.now
  }

  /** Some instances go on signing with the version before. */
  async #rotateAtOnce(): Promise<void> {
    if (this.#random.chance(0.5)) this.#fleet.spawn(this.#incidents.cutOff())
    await this.#operators.rotateAtOnce()
  }

  /** When a rotation is due, some instances begin it together. */
  #race(): void {
    const { dueAt } = this.#fleet.ledger
    if (dueAt === this.#raced || this.#time.now < dueAt) return
    this.#raced = dueAt
    if (this.#random.chance(0.5)) return
    for (const process of this.#fleet.awake) this.#fleet.spawn(this.#time.as(process, () => process.rotation.advance()))
  }

  /** Goes on shortly before the next moment that matters. */
  #leap(end: number): void {
    const { now } = this.#time
    const { staleIfError } = this.#fleet.plan
    const ahead = 15 * second
    const current = this.#moments.filter(({ at, until }) => at - ahead <= now + minute && now < until)
    if (current.length > 0) return this.#time.pass(Math.max(...current.map(({ until }) => until)) - now)
    const next = this.#moments.map(({ at }) => (at > now ? at - ahead : Infinity))
    const to = Math.min(...next, this.#agenda.nextAt, end, now + staleIfError * this.#random.between(0.5, 3))
    if (to - now < minute) return this.#time.pass(minute)
    this.#leaps += 1
    const { awake } = this.#fleet
    for (const process of awake) process.sleeps()
    this.#time.leap(to)
    for (const process of awake) process.wakes()
    this.#nextTraffic = to
    this.#time.pass(5 * second)
  }

  /** When a rotation is due, a state changes, or a key was destroyed. Until when time must pass without a leap. */
  get #moments(): { readonly at: number; readonly until: number }[] {
    const { ledger, awake } = this.#fleet
    const change = awake[0]?.keys.nextKeyChange() ?? Infinity
    return [
      { at: ledger.dueAt, until: ledger.dueAt + 80 * second },
      { at: change, until: change + 10 * second },
      { at: this.#lastChange, until: this.#lastChange },
      ...ledger.doomed.map(({ doomedAt, goneAt: at = doomedAt }) => ({ at, until: at + 20 * second })),
    ]
  }

  #explained(error: unknown): Error {
    const elapsed = (this.#time.now - this.#startedAt) / day
    const weather = this.#fleet.store.weather.kind
    const { seed } = this.#options
    const message = error instanceof Error ? error.message : String(error)
    return new Error(`seed ${seed}, after ${elapsed.toFixed(6)} days, weather ${weather}: ${message}`, { cause: error })
  }

  get #report(): SimulationReport {
    const { rules, announcements, ledger, starts } = this.#fleet
    return {
      ...rules.counts,
      ...this.#incidents.counts,
      ...this.#operators.counts,
      rotations: ledger.rotations,
      announced: announcements.checked,
      fetched: announcements.fetched,
      starts,
      leaps: this.#leaps,
    }
  }
}
