import type { SeededRandom } from '../../../support/seeded-random.ts'
import { Announcements } from './rules/announcements.ts'
import { Instance } from './instance.ts'
import { Ledger } from './rules/ledger.ts'
import type { FleetPlan } from './plan.ts'
import { TokenRules } from './rules/token-rules.ts'
import { ServiceProcess } from './service-process.ts'
import { SimulatedStore } from './world/simulated-store.ts'
import type { VirtualTime } from './world/virtual-time.ts'

const size = 8

/** The instances, their store, and what watches them. */
export class SimulatedFleet {
  readonly time: VirtualTime
  readonly plan: FleetPlan
  readonly store = new SimulatedStore()
  readonly ledger: Ledger
  readonly instances: readonly Instance[]
  readonly announcements: Announcements
  readonly rules: TokenRules
  /** For processes that start. */
  encryptionKeys: readonly Uint8Array[]
  starts = 0
  #failure: unknown

  constructor(time: VirtualTime, plan: FleetPlan, random: SeededRandom) {
    this.time = time
    this.plan = plan
    this.ledger = new Ledger(time, plan)
    this.instances = Array.from(
      { length: size },
      (_, index) => new Instance(`instance ${index + 1}`, time, random.fork()),
    )
    this.announcements = new Announcements(time, plan, this.ledger, this.instances)
    this.rules = new TokenRules(time, plan, this.ledger, this.announcements)
    this.encryptionKeys = [this.newEncryptionKey()]
  }

  newEncryptionKey(): Uint8Array {
    const key = new Uint8Array(32).fill(this.ledger.encryptionKeys.length + 1)
    this.ledger.encryptionKeys.push(key)
    return key
  }

  /** The processes that are ready and not suspended. */
  get awake(): ServiceProcess[] {
    return this.instances.flatMap(({ awake }) => awake ?? [])
  }

  someAwake(random: SeededRandom): ServiceProcess | undefined {
    const { awake } = this
    return awake.length > 0 ? random.pick(awake) : undefined
  }

  start(instance: Instance): void {
    const { time, plan, store, encryptionKeys } = this
    this.starts += 1
    const fail = (error: unknown): void => this.fail(error)
    const process = new ServiceProcess({ instance, time, plan, store, encryptionKeys, fail })
    instance.process = process
    this.spawn(time.as(process, () => process.start()))
  }

  async restart(instance: Instance, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { process } = instance
    await process?.end(process.isReady && !process.isSuspended ? signal : 'SIGKILL')
    // Another restart may have been faster. One instance never has two processes.
    if (instance.process === process) this.start(instance)
  }

  /** Lets something go on beside the rest. */
  spawn(flow: Promise<unknown> | void): void {
    flow?.catch((error: unknown) => this.fail(error))
  }

  fail(error: unknown): void {
    this.#failure ??= error
  }

  /** @throws if a rule was broken */
  async check(): Promise<void> {
    for (const write of this.store.made.splice(0)) await this.ledger.note(write)
    if (this.#failure !== undefined) throw this.#failure
  }
}
