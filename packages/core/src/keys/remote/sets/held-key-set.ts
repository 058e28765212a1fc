import { KeySourceUnavailableError } from '../../../errors.ts'
import { printableUrl } from '../../../printable.ts'
import type { KeyNote, KeySet } from './key-set.ts'
import {
  checkSnapshot,
  type KeySetSnapshot,
  type RestorationSettings,
  restoreSnapshot,
  snapshotSource,
} from './key-set-snapshot.ts'
import { isServable, type Phase, RefreshPolicy, type RefreshPolicySettings } from '../policy/refresh-policy.ts'
import type { JwksDocument } from '../fetching/shared-jwks.ts'
import type { SourceReporter } from '../source-events.ts'

export interface HeldKeySetSettings extends RefreshPolicySettings, RestorationSettings {
  readonly snapshot: KeySetSnapshot | undefined
  readonly insecureHosts: readonly string[]
}

/** The state of a key source. Durations are in seconds. */
export interface KeySourceHealth {
  /** See {@link Phase}. */
  readonly state: Phase
  /** Time since the last successful fetch. */
  readonly age: number | undefined
  /** Time until a refresh is due. The next request after that starts it. */
  readonly nextRefresh: number | undefined
  /** The error of the last attempt, if it failed. */
  readonly lastError: KeySourceUnavailableError | undefined
  readonly kids: readonly string[]
  /**
   * How far the clock here was ahead of the server's at the last fetch, negative if it was behind: exact to a second or two.
   * Tokens are refused as expired or as issued in the future if the difference is more than `clockTolerance`. Undefined if the
   * server did not send the time.
   */
  readonly clockAhead: number | undefined
  readonly setAside: readonly KeyNote[]
  readonly warnings: readonly KeyNote[]
  /** The hosts in the option `insecureHosts`, if there are any. Keys from them can be replaced in transit. */
  readonly insecureHosts: readonly string[] | undefined
}

/** The current key set with its state: its age, and the last failure since it was fetched. */
export class HeldKeySet {
  readonly #settings: HeldKeySetSettings
  readonly #location: string
  readonly #policy: RefreshPolicy
  readonly #reporter: SourceReporter
  #set: KeySet | undefined
  /** The document of the set. Undefined if the set comes from a snapshot. */
  #document: JwksDocument | undefined
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

  /** The document of the set. Undefined if the set comes from a snapshot. */
  get document(): JwksDocument | undefined {
    return this.#document
  }

  get phase(): Phase {
    return this.#policy.phase
  }

  /** The set, if it may still be served. */
  get usable(): KeySet | undefined {
    return this.usableIn(this.phase)
  }

  /** Like {@link usable}, for a caller that has read the phase: reading it asks both clocks. */
  usableIn(phase: Phase): KeySet | undefined {
    return isServable(phase) ? this.#set : undefined
  }

  /** Time until the next fetch is allowed after a failure, in milliseconds. */
  get retryIn(): number {
    return this.#policy.retryIn
  }

  health(): KeySourceHealth {
    const { age, refreshIn, phase } = this.#policy
    const { insecureHosts } = this.#settings
    return {
      state: phase,
      age: age === undefined ? undefined : age / 1000,
      nextRefresh: refreshIn === undefined ? undefined : refreshIn / 1000,
      lastError: this.#lastError,
      kids: this.#set?.keys.flatMap(({ kid }) => kid ?? []) ?? [],
      clockAhead: inWholeSeconds(this.#document?.clockAhead),
      setAside: this.#set?.setAside ?? [],
      warnings: this.#set?.warnings ?? [],
      insecureHosts: insecureHosts.length > 0 ? insecureHosts : undefined,
    }
  }

  /** Returns a snapshot for another process to start with. Undefined if there is no usable set. */
  snapshot(): KeySetSnapshot | undefined {
    const { age = 0, isUsable, lifetime: freshFor } = this.#policy
    if (this.#set === undefined || !isUsable) return undefined
    const fetchedAt = this.#settings.clock.now() - age
    return { version: 1, source: snapshotSource(this.#location), fetchedAt, freshFor, keys: this.#set.jwks() }
  }

  /** Restores the snapshot, once. If it is recent enough, it replaces the first fetch. */
  restored(): Promise<void> {
    this.#restoring ??= this.#restore()
    return this.#restoring
  }

  /** Adopts a document unless it is outdated. Returns the current set. */
  adopt(document: JwksDocument): KeySet {
    const former = this.#document
    // The document is already adopted, or a later request finished first: a suspended fetch returns an old document.
    if (former !== undefined && document.number <= former.number) return former.set
    const before = this.#set
    this.#document = document
    this.#set = document.set
    this.#lastError = undefined
    this.#staleReported = false
    this.#policy.succeeded(document.freshFor, document.at)
    this.#reporter.report('refreshed', {
      keys: document.set.keys.length,
      notModified: document.set === before,
      freshFor: document.freshFor / 1000,
    })
    if (document.set !== before) this.#reporter.reportChanges(before, document.set)
    return document.set
  }

  /** Records a failed fetch. The current set is kept. */
  noteFailure(cause: unknown): KeySourceUnavailableError {
    const { message, retryAfter = 0 } =
      cause instanceof KeySourceUnavailableError ? cause : { message: `${printableUrl(this.#location)}: unavailable` }
    this.#policy.failed(retryAfter * 1000)
    const retryIn = this.#policy.retryIn / 1000
    const error = new KeySourceUnavailableError(message, { cause, retryAfter: retryIn })
    this.#lastError = error
    this.#staleReported = false
    this.#reporter.report('refreshFailed', { error, retryIn })
    return error
  }

  /** Returns the error for a request that would need a fetch during a back-off. */
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
    // If a fetch finished first, its set is newer.
    if (restored === undefined || this.#set !== undefined) return
    this.#set = restored.set
    this.#policy.succeeded(restored.freshFor, restored.at)
  }
}

function inWholeSeconds(milliseconds: number | undefined): number | undefined {
  // Zero is added because it may be rounded to minus zero.
  return milliseconds === undefined ? undefined : Math.round(milliseconds / 1000) + 0
}
