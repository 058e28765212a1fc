import { AsyncLocalStorage, createHook } from 'node:async_hooks'

/** A process that can be suspended. Its timers wait until it is resumed. */
export interface Sleeper {
  readonly isSuspended: boolean
}

class VirtualTimer {
  due: number
  readonly owner: Sleeper | undefined
  readonly call: () => void
  readonly interval: number | undefined
  readonly #time: { readonly now: number }
  readonly #delay: number

  constructor(
    time: { readonly now: number },
    delay: number,
    owner: Sleeper | undefined,
    call: () => void,
    interval?: number,
  ) {
    this.#time = time
    this.#delay = Math.max(1, delay)
    this.due = time.now + this.#delay
    this.owner = owner
    this.call = call
    this.interval = interval
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  /** Starts anew. */
  refresh(): this {
    this.due = this.#time.now + this.#delay
    return this
  }
}

/**
 * Time that passes only when the simulation advances it, and the global timers that run on it. A timer belongs to the
 * process whose code has created it.
 */
export class VirtualTime {
  /** Milliseconds since the epoch. */
  now = 1_800_000_000_000
  #leapsAfter = this.now
  readonly #timers = new Set<VirtualTimer>()
  readonly #owner = new AsyncLocalStorage<Sleeper | undefined>()
  readonly #cryptography = new CryptographyWatch()

  /**
   * Replaces the global timers, and the clock by which they are set.
   *
   * @returns a function that brings the real ones back
   */
  install(): () => void {
    const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis
    const clear = (timer: unknown): void => void this.#timers.delete(timer as VirtualTimer)
    const start = (call: () => void, delay = 0): VirtualTimer => this.#start(call, delay)
    const repeat = (call: () => void, delay: number): VirtualTimer => this.#start(call, delay, delay)
    Object.assign(globalThis, { setTimeout: start, setInterval: repeat, clearTimeout: clear, clearInterval: clear })
    const now = performance.now.bind(performance)
    performance.now = () => this.now
    const stopWatching = this.#cryptography.start()
    return () => {
      Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval })
      performance.now = now
      stopWatching()
    }
  }

  /** Runs code of a process. */
  as<T>(owner: Sleeper | undefined, run: () => T): T {
    return this.#owner.run(owner, run)
  }

  /** Resolves later. If an owner is given, not while it is suspended. */
  wait(milliseconds: number, owner?: Sleeper): Promise<void> {
    return new Promise((resolve) => this.as(owner, () => this.#start(resolve, milliseconds)))
  }

  /** For so long, time must pass without a leap. */
  pass(milliseconds: number): void {
    this.#leapsAfter = Math.max(this.#leapsAfter, this.now + milliseconds)
  }

  /** Until when it must pass without a leap. */
  get leapsAfter(): number {
    return this.#leapsAfter
  }

  /** As if all machines had been suspended. Timers that were due in the meantime run at the end. */
  leap(to: number): void {
    this.now = to
  }

  /** Ends all timers of a process. */
  kill(owner: Sleeper): void {
    for (const timer of this.#timers) if (timer.owner === owner) this.#timers.delete(timer)
  }

  /** Advances to the next timer and runs it, or to the end. Returns true if a timer was due. */
  async advance(end: number): Promise<boolean> {
    const timer = this.#earliest()
    const isDue = timer !== undefined && timer.due <= end
    this.now = Math.max(this.now, isDue ? timer.due : end)
    if (isDue) this.#run(timer)
    await this.settle()
    return isDue
  }

  /** Waits until all code waits for timers only. */
  async settle(): Promise<void> {
    await nextTurn()
    while (this.#cryptography.isBusy) {
      await this.#cryptography.idle()
      await nextTurn()
    }
  }

  #start(call: () => void, delay: number, interval?: number): VirtualTimer {
    const timer = new VirtualTimer(this, delay, this.#owner.getStore(), call, interval)
    this.#timers.add(timer)
    return timer
  }

  #earliest(): VirtualTimer | undefined {
    let earliest: VirtualTimer | undefined
    for (const timer of this.#timers) {
      if (timer.owner?.isSuspended === true) continue
      if (earliest === undefined || timer.due < earliest.due) earliest = timer
    }
    return earliest
  }

  #run(timer: VirtualTimer): void {
    if (timer.interval === undefined) this.#timers.delete(timer)
    else timer.due = this.now + timer.interval
    this.as(timer.owner, timer.call)
  }
}

/** A cryptographic operation of Node. */
interface Job {
  /** Present if the operation runs on another thread. */
  readonly ondone?: unknown
}

/** Knows the cryptographic operations that run on other threads. Nothing else in a simulation takes real time. */
class CryptographyWatch {
  readonly #jobs = new Map<number, Job>()
  #becameIdle: () => void = () => undefined
  readonly #hook = createHook({
    init: (id, type, _, job) => {
      if (type.endsWith('REQUEST')) this.#jobs.set(id, job)
    },
    before: (id) => {
      if (this.#jobs.delete(id) && !this.isBusy) this.#becameIdle()
    },
  })

  get isBusy(): boolean {
    for (const [id, job] of this.#jobs) if (job.ondone === undefined) this.#jobs.delete(id)
    return this.#jobs.size > 0
  }

  /** Resolves when the last of the operations has ended. Called while {@link isBusy}. */
  idle(): Promise<void> {
    return new Promise((resolve) => (this.#becameIdle = resolve))
  }

  start(): () => void {
    this.#hook.enable()
    return () => void this.#hook.disable()
  }
}

/** Code that waits for promises has run then. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
