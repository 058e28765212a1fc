import { KeySourceUnavailableError } from '../../errors.ts'
import { printableUrl } from '../../printable.ts'
import type { Download } from './jwks-download.ts'
import type { KeyNote, KeySet } from './key-set.ts'
import {
  checkSnapshot,
  type KeySetSnapshot,
  type RestorationSettings,
  restoreSnapshot,
  snapshotSource,
} from './key-set-snapshot.ts'
import { type Phase, RefreshPolicy, type RefreshPolicySettings } from './refresh-policy.ts'
import type { Departure } from './shared-flight.ts'
import type { SourceReporter } from './source-events.ts'

export interface HeldKeySetSettings extends RefreshPolicySettings, RestorationSettings {
  readonly snapshot: KeySetSnapshot | undefined
}

/** How a source of keys is doing. Durations are in seconds. */
export interface KeySourceHealth {
  /** See {@link Phase}. */
  readonly state: Phase
  /** Since the last good answer. */
  readonly age: number | undefined
  /** Until the set wants a refresh, which the next request after that starts. */
  readonly nextRefresh: number | undefined
  /** Of the last attempt, if it failed. */
  readonly lastError: KeySourceUnavailableError | undefined
  readonly kids: readonly string[]
  readonly setAside: readonly KeyNote[]
  readonly warnings: readonly KeyNote[]
}

/** The set at hand, and how it is doing: how old it is, and what has failed since. */
export class HeldKeySet {
  readonly #settings: HeldKeySetSettings
  readonly #location: string
  readonly #policy: RefreshPolicy
  readonly #reporter: SourceReporter
  #set: KeySet | undefined
  /** The number of the fetch that brought the set, or confirmed it. */
  #landed = 0
  #restoring: Promise<void> | undefined
  #lastError: KeySourceUnavailableError | undefined
  #staleReported = false

  /** @param location the JWKS URL or issuer */
  constructor(settings: HeldKeySetSettings, location: string, reporter: SourceReporter) {
    this.#settings = settings
    this.#location = location
    this.#policy = new RefreshPolicy(settings)
    this.#reporter = reporter
    if (settings.snapshot !== undefined) checkSnapshot(settings.snapshot, location)
  }

  get phase(): Phase {
    return this.#policy.phase
  }

  /** The set, if it may still be served. */
  get usable(): KeySet | undefined {
    return this.#policy.isUsable ? this.#set : undefined
  }

  /** Until the network may be asked again after a failure, in milliseconds. */
  get retryIn(): number {
    return this.#policy.retryIn
  }

  health(): KeySourceHealth {
    const { age, refreshIn, phase } = this.#policy
    return {
      state: phase,
      age: age === undefined ? undefined : age / 1000,
      nextRefresh: refreshIn === undefined ? undefined : refreshIn / 1000,
      lastError: this.#lastError,
      kids: this.#set?.keys.flatMap(({ kid }) => kid ?? []) ?? [],
      setAside: this.#set?.setAside ?? [],
      warnings: this.#set?.warnings ?? [],
    }
  }

  /** What another process can start with; undefined while there is nothing worth taking. */
  snapshot(): KeySetSnapshot | undefined {
    const { age = 0, isUsable, lifetime: freshFor } = this.#policy
    if (this.#set === undefined || !isUsable) return undefined
    const fetchedAt = this.#settings.clock.now() - age
    return { version: 1, source: snapshotSource(this.#location), fetchedAt, freshFor, keys: this.#set.jwks() }
  }

  /** Once: a snapshot stands in for the first fetch, as long as it is young enough. */
  restored(): Promise<void> {
    this.#restoring ??= this.#restore()
    return this.#restoring
  }

  /**
   * Takes in what a fetch brought.
   *
   * @returns the set that is at hand now
   * @throws KeySourceUnavailableError if there is none
   */
  adopt({ set, freshFor }: Download, { number }: Departure<unknown>): KeySet {
    // A fetch that started later has landed before: this one was suspended, and its answer is older.
    if (number < this.#landed && this.#set !== undefined) return this.#set
    const former = this.#set
    // Equal sets stay one object, so that what was made of it can be reused.
    const isSame = set === 'not modified' || former?.equals(set) === true
    const current = isSame ? former : set
    if (current === undefined)
      throw new KeySourceUnavailableError(`${printableUrl(this.#location)}: 304 without a request for it`)
    this.#landed = number
    this.#set = current
    this.#lastError = undefined
    this.#staleReported = false
    this.#policy.succeeded(freshFor)
    this.#reporter.report('refreshed', {
      keys: current.keys.length,
      notModified: set === 'not modified',
      freshFor: freshFor / 1000,
    })
    if (current !== former) this.#reporter.reportChanges(former, current)
    return current
  }

  /** Notes that a fetch failed, unless one that started later has succeeded. The set at hand stays as it is. */
  noteFailure(cause: unknown, { number }: Departure<unknown>): KeySourceUnavailableError {
    const { message, retryAfter = 0 } =
      cause instanceof KeySourceUnavailableError ? cause : { message: `${printableUrl(this.#location)}: unavailable` }
    if (number > this.#landed) this.#policy.failed(retryAfter * 1000)
    const retryIn = this.#policy.retryIn / 1000
    const error = new KeySourceUnavailableError(message, { cause, retryAfter: retryIn })
    if (number < this.#landed) return error
    this.#lastError = error
    this.#staleReported = false
    this.#reporter.report('refreshFailed', { error, retryIn })
    return error
  }

  /** For a request that would need a fetch, during a back-off. */
  backingOff(): KeySourceUnavailableError {
    const { message = 'unavailable' } = this.#lastError ?? {}
    return new KeySourceUnavailableError(message, { cause: this.#lastError, retryAfter: this.#policy.retryIn / 1000 })
  }

  /** Reports, once for each failure, that keys are served past their lifetime. */
  reportStale(): void {
    if (this.#policy.phase !== 'stale' || this.#staleReported || this.#lastError === undefined) return
    this.#staleReported = true
    this.#reporter.report('servingStale', { age: (this.#policy.age ?? 0) / 1000 })
  }

  async #restore(): Promise<void> {
    const { snapshot } = this.#settings
    const restored = snapshot && (await restoreSnapshot(snapshot, this.#settings))
    // A fetch that was faster knows better.
    if (restored === undefined || this.#set !== undefined) return
    this.#set = restored.set
    this.#policy.succeeded(restored.freshFor, restored.at)
  }
}
