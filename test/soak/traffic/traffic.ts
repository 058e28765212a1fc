import { setTimeout as pause } from 'node:timers/promises'
import { SeededRandom } from '../../../packages/core/test/support/seeded-random.ts'
import { answerCalls } from '../../../packages/redis/test/fleet/calls.ts'
import { cacheTtl, requestTimeout, type SharedStore } from '../deployment.ts'
import { type Plan, type Planned, planOf, recovery } from '../plan.ts'
import { Load, type Ports } from './load.ts'
import { Scene } from './scene.ts'
import { type Count, type Latency, Tally, type WrongAnswer } from './tally.ts'

export interface TrafficOptions {
  readonly store: SharedStore
  readonly seed: number
  /** In milliseconds. */
  readonly duration: number
  /** Requests per second. */
  readonly rate: number
  /** How long after a revocation or a change of keys all servers know of it, in milliseconds. */
  readonly noticedWithin: number
}

export interface TrafficReport {
  /** In milliseconds. */
  readonly elapsed: number
  readonly counts: readonly Count[]
  readonly wrongAnswers: readonly WrongAnswer[]
  readonly latencies: readonly Latency[]
  /** What did not go as planned. */
  readonly failures: readonly string[]
}

const longestTokenLifetime = 60_000
const usersPerSecond = 16

/**
 * The issuers, their tokens, and the clients that use them: in one process, so that it is known at every moment what a server
 * may know and what it must know.
 */
export class Traffic {
  readonly #options: TrafficOptions
  readonly #plan: Plan
  readonly #scene: Scene
  readonly #failures: string[] = []

  private constructor(options: TrafficOptions, plan: Plan, scene: Scene) {
    this.#options = options
    this.#plan = plan
    this.#scene = scene
  }

  static async open(options: TrafficOptions): Promise<Traffic> {
    const { seed, duration, store, noticedWithin } = options
    const plan = planOf(seed, duration)
    const { staleIfError } = plan
    const tokenLifetime = Math.min(longestTokenLifetime, (2 / 3) * duration)
    return new Traffic(options, plan, await Scene.open({ store, seed, tokenLifetime, noticedWithin, staleIfError }))
  }

  foreignIssuer(): string {
    return this.#scene.foreign.url
  }

  async run(ports: Ports): Promise<TrafficReport> {
    const { seed, rate, duration } = this.#options
    const begunAt = Date.now()
    const tally = new Tally(begunAt)
    const load = new Load({
      ports,
      random: new SeededRandom(seed),
      rate,
      sources: this.#scene.sources,
      note: (exchange) => tally.note(exchange),
    })
    load.begin()
    const end = begunAt + duration
    await Promise.all([this.#happenings(begunAt), this.#renewUntil(end)])
    await load.end()
    this.#checkRecovery(end)
    const { counts, wrongAnswers, latencies } = tally
    return { elapsed: Date.now() - begunAt, counts, wrongAnswers, latencies, failures: this.#failures }
  }

  async #happenings(begunAt: number): Promise<void> {
    for (const planned of this.#plan.happenings) {
      await pause(Math.max(0, begunAt + planned.at - Date.now()))
      void this.#happen(planned)
    }
  }

  async #happen(planned: Planned): Promise<void> {
    try {
      await this.#scene.happen(planned)
    } catch (error) {
      this.#failures.push(`${planned.what}: ${String(error)}`)
    }
  }

  async #renewUntil(end: number): Promise<void> {
    while (Date.now() < end) {
      await this.#scene.renew()
      await pause(1000 / usersPerSecond)
    }
  }

  /** Whether all servers have had the foreign issuer's keys lately, if it has been healthy for long enough. */
  #checkRecovery(end: number): void {
    if (this.#options.duration - this.#plan.calmFrom < recovery) return
    const late = this.#scene.foreign.unreachedSince(end - cacheTtl - 2 * requestTimeout)
    for (const server of late) this.#failures.push(`${server} does not fetch the issuer's keys any more`)
  }
}

answerCalls((options) => Traffic.open(options))
