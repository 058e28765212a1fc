import { type Clock, systemClock } from '../clock.ts'
import type { Duration } from '../configuration/duration.ts'
import { duration, wait } from '../configuration/duration-options.ts'
import { callable, defaulting, having, type Readers } from '../configuration/options.ts'
import type { ReplicaPolicySettings } from './replica-policy.ts'

/** The options of everything that is kept as a copy of a store. */
export interface ReplicaOptions {
  /** The interval between reads of changes, also if the store sends notifications: they can be lost. Default `'5s'`. */
  pollInterval?: Duration | undefined
  /** The limit for one write, and for each part of a read. Default `'2s'`. */
  requestTimeout?: Duration | undefined
  /**
   * How long the copy is used while the store cannot be read. After that, the operations that need it throw: 503. Default
   * `'1h'`.
   */
  staleIfError?: Duration | undefined
  /** Default: the system clock. */
  clock?: Clock | undefined
  /** From 0 to 1, for jitter. Default: `Math.random`. */
  random?: (() => number) | undefined
}

const second = 1000

export const replicaReaders: Readers<ReplicaPolicySettings> = {
  pollInterval: defaulting(wait, 5 * second),
  requestTimeout: defaulting(wait, 2 * second),
  staleIfError: defaulting(duration, 3600 * second),
  clock: defaulting(having<Clock>('now'), systemClock),
  random: defaulting(callable<() => number>(), Math.random),
}
