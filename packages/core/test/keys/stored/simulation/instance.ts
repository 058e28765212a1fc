import type { Clock } from '../../../../src/clock.ts'
import type { SeededRandom } from '../../../support/seeded-random.ts'
import { clockSkew } from './plan.ts'
import type { ServiceProcess } from './service-process.ts'
import type { VirtualTime } from './world/virtual-time.ts'

/** A machine of the fleet: it has a clock of its own, and runs one process after another. */
export class Instance implements Clock {
  readonly name: string
  readonly random: SeededRandom
  readonly #time: VirtualTime
  readonly #drift: { readonly mean: number; readonly swing: number; readonly period: number }
  readonly #troubles: { readonly from: number; to: number }[] = []
  process: ServiceProcess | undefined
  /** Until when the JWKS that it served lacked a key, by the thumbprint of each key that is in it. */
  published = new Map<string, number>()
  /** The last moment at which a process of it could serve anything. */
  servedUntil = -Infinity
  /** Requests to the store may fail or take long. */
  isTroubled = false
  /** Notifications may be lost. */
  isDeaf = false

  constructor(name: string, time: VirtualTime, random: SeededRandom) {
    const most = clockSkew / 2
    const mean = random.between(-most, most)
    this.name = name
    this.random = random
    this.#time = time
    this.#drift = { mean, swing: most - Math.abs(mean), period: random.between(2, 200) * 3_600_000 }
  }

  now(): number {
    return this.#time.now + this.aheadAt(this.#time.now)
  }

  monotonic(): number {
    return this.#time.now
  }

  /** How far its clock is ahead, in milliseconds. */
  aheadAt(moment: number): number {
    const { mean, swing, period } = this.#drift
    return mean + swing * Math.sin((2 * Math.PI * moment) / period)
  }

  /** The process, if it is ready and not suspended. */
  get awake(): ServiceProcess | undefined {
    return this.process?.isReady === true && !this.process.isSuspended ? this.process : undefined
  }

  /** The weather on the way to the store changes. */
  weatherChanges({ isTroubled, isDeaf }: { readonly isTroubled: boolean; readonly isDeaf: boolean }): void {
    const { now } = this.#time
    const last = this.#troubles.at(-1)
    if (last?.to === Infinity) last.to = now
    if (isTroubled) this.#troubles.push({ from: now, to: Infinity })
    if (this.process !== undefined && (isTroubled || this.isTroubled))
      this.process.steadySince = isTroubled ? Infinity : now
    if (this.process !== undefined && (isDeaf || this.isDeaf)) this.process.newsSince = isDeaf ? Infinity : now
    this.isTroubled = isTroubled
    this.isDeaf = isDeaf
  }

  wasTroubled(from: number, to: number): boolean {
    return this.#troubles.some((trouble) => trouble.from <= to && trouble.to >= from)
  }
}
