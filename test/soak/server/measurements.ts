import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** One look at a process. Sizes are in megabytes, times in milliseconds. */
export interface Measurement {
  /** Since the process started. */
  readonly at: number
  /** Live memory: the heap and the buffers outside it, after a garbage collection. */
  readonly live: number
  /** Resident memory. */
  readonly resident: number
  /** The delay of the event loop that 99 % of looks do not exceed, since the measurements were begun. */
  readonly loopDelay: number
  /** The longest delay since then. */
  readonly longestDelay: number
  /** The processor's time that the process has used. */
  readonly processor: number
}

const megabyte = 1024 * 1024
const nanosecondsPerMillisecond = 1e6
/** Between two looks at the event loop. It is part of each delay. */
const resolution = 5

/** Measures this process. */
export class Measurements {
  readonly #loop = monitorEventLoopDelay({ resolution })
  readonly #collectGarbage = garbageCollector()

  /** Begins to watch the event loop. */
  begin(): void {
    this.#loop.reset()
    this.#loop.enable()
  }

  take(): Measurement {
    // The collection itself is not the server's work.
    this.#loop.disable()
    this.#collectGarbage()
    const { heapUsed, external, rss } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const measurement = {
      at: performance.now(),
      live: (heapUsed + external) / megabyte,
      resident: rss / megabyte,
      loopDelay: this.#loop.percentile(99) / nanosecondsPerMillisecond,
      longestDelay: this.#loop.max / nanosecondsPerMillisecond,
      processor: (user + system) / 1000,
    }
    this.#loop.enable()
    return measurement
  }
}

/** As if the process had been started with `--expose-gc`. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
