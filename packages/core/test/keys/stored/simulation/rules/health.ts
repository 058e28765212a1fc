import type { SimulatedFleet } from '../fleet.ts'
import { longestBackOff, pollInterval } from '../plan.ts'
import type { ServiceProcess } from '../service-process.ts'
import { mustHold } from './token-rules.ts'

const second = 1000

/** How long after an outage or a suspension an instance may be without a read. */
const recovery = longestBackOff + 2 * pollInterval + second

/** How long after it was due a rotation must have taken place: each instance looks once a minute. */
const rotationBound = 70 * second

/** How long a read takes while all is well. */
const promptRead = 500

/** Checks that instances keep up with the store, report what they must, and rotate in time. */
export class Health {
  readonly #fleet: SimulatedFleet

  constructor(fleet: SimulatedFleet) {
    this.#fleet = fleet
  }

  check(): void {
    const { ledger, awake, time } = this.#fleet
    for (const process of awake) this.#checkProcess(process)
    const isLate = time.now > ledger.dueAt + rotationBound && ledger.unreadable.size === 0
    const couldRotate = awake.some(({ steadySince }) => time.now - steadySince > recovery + rotationBound)
    mustHold(!isLate || !couldRotate, 'a rotation did not take place')
  }

  #checkProcess(process: ServiceProcess): void {
    const { now } = this.#fleet.time
    const { lostAt, everUnreadable } = this.#fleet.ledger
    const { age, setAside, readyAt, resetReported, instance, steadySince } = process
    const isRecent = now - steadySince <= recovery || age < pollInterval + promptRead
    mustHold(isRecent, `${instance.name} has not read the store for ${age} ms`)
    const hasReported = readyAt >= lostAt || now <= process.knowsBy(lostAt) || resetReported >= lostAt
    mustHold(hasReported, `${instance.name} has not reported that the store lost its contents`)
    for (const id of setAside) mustHold(everUnreadable.has(id), `${instance.name} could not read ${id}`)
  }
}
