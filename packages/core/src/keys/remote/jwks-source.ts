import type { EventEmitter } from 'node:events'
import { KeySourceUnavailableError } from '../../errors.ts'
import { printableUrl } from '../../printable.ts'
import type { KeyHint, VerificationKey } from '../key-roles.ts'
import { untilAborted, withDeadline } from '../../deadline.ts'
import { type DownloadOptions, type DownloadSettings, JwksDownload } from './jwks-download.ts'
import type { KeyNote, KeySet } from './key-set.ts'
import { checkSnapshot, type KeySetSnapshot, restoreSnapshot, snapshotSource } from './key-set-snapshot.ts'
import type { PublicKey } from './public-key.ts'
import { type Phase, RefreshPolicy, type RefreshPolicySettings } from './refresh-policy.ts'
import { type KeySourceEvents, reportableKid, SourceReporter } from './source-events.ts'
import { UnknownKids } from './unknown-kids.ts'

export interface JwksSourceSettings extends DownloadSettings, RefreshPolicySettings {
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

/** Metadata is read again about as often as keys change. */
const ordinary: DownloadOptions = { force: false, maxMetadataAge: 60 * 60_000 }
/** A kid that is not where keys were may be where they are now. */
const searching: DownloadOptions = { force: false, maxMetadataAge: 60_000 }
const forced: DownloadOptions = { force: true, maxMetadataAge: 0 }

interface Search {
  readonly hint: KeyHint
  readonly isNew: (key: PublicKey) => boolean
  readonly signal: AbortSignal | undefined
}

/** The keys behind one URL or issuer: served from memory, kept up to date behind the requests that use them. */
export class JwksSource {
  readonly #settings: JwksSourceSettings
  readonly #policy: RefreshPolicy
  readonly #download: JwksDownload
  readonly #unknown: UnknownKids
  readonly #reporter: SourceReporter
  #set: KeySet | undefined
  #restoring: Promise<void> | undefined
  #flight: { readonly landing: Promise<KeySet>; readonly options: DownloadOptions } | undefined
  #lastError: KeySourceUnavailableError | undefined
  #staleReported = false

  constructor(settings: JwksSourceSettings, emitter: EventEmitter<KeySourceEvents>) {
    this.#settings = settings
    this.#policy = new RefreshPolicy(settings)
    this.#download = new JwksDownload(settings)
    this.#unknown = new UnknownKids(settings.clock)
    this.#reporter = new SourceReporter(emitter, this.#name)
    if (settings.snapshot !== undefined) checkSnapshot(settings.snapshot, this.#location)
  }

  /** The keys for a header: at once where they are known, after a fetch where they may be new. */
  keysFor(hint: KeyHint, signal?: AbortSignal): readonly PublicKey[] | Promise<readonly PublicKey[]> {
    const set = this.#served()
    if (set === undefined) return this.#keysAfterFetch(hint, signal)
    const known = set.matching(hint)
    if (known.length > 0 || set.hasKid(hint.kid)) return known
    const mayAsk = this.#mayAsk(hint)
    this.#reporter.report('unknownKid', { kid: reportableKid(hint.kid), asked: mayAsk })
    return mayAsk ? this.#keysAfterSearch({ hint, isNew: () => true, signal }) : []
  }

  /** The keys for a header that were not tried: at hand where the set has changed meanwhile, else after a search. */
  replacementsFor(
    hint: KeyHint,
    tried: readonly VerificationKey[],
    signal?: AbortSignal,
  ): readonly PublicKey[] | Promise<readonly PublicKey[]> {
    const thumbprints = new Set(tried.map(({ thumbprint }) => thumbprint))
    const isNew = (key: PublicKey): boolean => !thumbprints.has(key.thumbprint)
    const set = this.#served()
    const atHand = set?.matching(hint).filter(isNew) ?? []
    const mayAsk = set !== undefined && atHand.length === 0 && this.#mayAsk(hint)
    return mayAsk ? this.#keysAfterSearch({ hint, isNew, signal }) : atHand
  }

  /** Whether the key is in the set, and the set still counts. Who asks this alone learns of changes as soon as others. */
  has(key: PublicKey): boolean {
    return this.#served()?.has(key) === true
  }

  /** @throws KeySourceUnavailableError if there is no usable set, and none can be had */
  async obtain(): Promise<KeySet> {
    await this.#restored()
    return this.#served() ?? this.#fetchUnlessBackingOff()
  }

  /** The same, and asks at once also after a failure: whoever waits for a start does not ask often. */
  async ready(): Promise<void> {
    await this.#restored()
    if (this.#served() === undefined) await this.#fetch(ordinary)
  }

  /** Fetches now. Whoever asks meanwhile shares the answer. */
  async refresh({ force }: { force: boolean }): Promise<void> {
    if (force) await this.#otherFlights()
    await this.#fetch(force ? forced : searching)
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

  close(): void {
    this.#download.close()
  }

  /** The set at hand if it counts, refreshed in the background where it is time for that. */
  #served(): KeySet | undefined {
    const { phase } = this.#policy
    if (phase === 'cold' || phase === 'expired') return undefined
    if (phase !== 'fresh') this.#refreshInBackground(phase)
    return this.#set
  }

  get #location(): string {
    return this.#settings.jwksUrl ?? this.#settings.issuer ?? ''
  }

  /** As it may be shown. */
  get #name(): string {
    return printableUrl(this.#location)
  }

  async #keysAfterFetch(hint: KeyHint, signal?: AbortSignal): Promise<readonly PublicKey[]> {
    await this.#restored()
    if (this.#served() !== undefined) return this.keysFor(hint, signal)
    signal?.throwIfAborted()
    const set = await untilAborted(this.#fetchUnlessBackingOff(), signal)
    return set.matching(hint)
  }

  /** Whether a fetch may be spent on keys that the set does not have: they may be new, or the token is junk. */
  #mayAsk({ kid }: KeyHint): boolean {
    return this.#policy.retryIn === 0 && this.#unknown.mayAsk(kid)
  }

  /** The token waits for one fetch at most, or two in a row. */
  async #keysAfterSearch(search: Search): Promise<readonly PublicKey[]> {
    const { signal } = search
    try {
      return await withDeadline(this.#settings.requestTimeout, signal, (deadline) => this.#found(search, deadline))
    } catch (error) {
      // With a set at hand, a failed search leaves the token refused, and the others go on.
      if (signal?.aborted !== true) return []
      throw error
    }
  }

  async #found({ hint, isNew }: Search, deadline: AbortSignal): Promise<readonly PublicKey[]> {
    const look = async (): Promise<readonly PublicKey[]> => {
      const set = await untilAborted(this.#fetch(searching), deadline)
      return set.matching(hint).filter(isNew)
    }
    // A fetch that was under way when the token came may have been answered before the key was published.
    const wasUnderWay = this.#flight !== undefined
    const found = await look()
    if (found.length > 0) return found
    const foundLater = wasUnderWay ? await look() : []
    if (foundLater.length === 0 && hint.kid !== undefined) this.#unknown.remember(hint.kid)
    return foundLater
  }

  /** What began before, and asked for less, is no answer to a forced refresh. */
  async #otherFlights(): Promise<void> {
    while (this.#flight?.options.force === false) await this.#flight.landing.catch(() => undefined)
  }

  #refreshInBackground(phase: Phase): void {
    if (phase === 'stale' && !this.#staleReported && this.#lastError !== undefined) {
      this.#staleReported = true
      this.#reporter.report('servingStale', { age: (this.#policy.age ?? 0) / 1000 })
    }
    if (this.#flight !== undefined || this.#policy.retryIn > 0) return
    // What comes of it shows in events and health; the request that happened to start it goes on.
    this.#fetch(ordinary).catch(() => undefined)
  }

  async #fetchUnlessBackingOff(): Promise<KeySet> {
    const { retryIn } = this.#policy
    if (this.#flight !== undefined || retryIn === 0) return this.#fetch(ordinary)
    const { message = 'unavailable' } = this.#lastError ?? {}
    throw new KeySourceUnavailableError(message, { cause: this.#lastError, retryAfter: retryIn / 1000 })
  }

  #fetch(options: DownloadOptions): Promise<KeySet> {
    if (this.#flight === undefined) {
      const landing = this.#fly(options).finally(() => {
        this.#flight = undefined
      })
      this.#flight = { landing, options }
    }
    return this.#flight.landing
  }

  async #fly(options: DownloadOptions): Promise<KeySet> {
    try {
      const { set, freshFor } = await this.#download.download(options)
      const current = set === 'not modified' ? this.#set : set
      if (current === undefined) throw new KeySourceUnavailableError(`${this.#name}: 304 without a request for it`)
      return this.#adopt(current, freshFor)
    } catch (error) {
      throw this.#noteFailure(error)
    }
  }

  #adopt(current: KeySet, freshFor: number): KeySet {
    const former = this.#set
    this.#set = current
    this.#lastError = undefined
    this.#staleReported = false
    this.#policy.succeeded(freshFor)
    this.#reporter.report('refreshed', {
      keys: current.keys.length,
      notModified: current === former,
      freshFor: freshFor / 1000,
    })
    if (current !== former && this.#reporter.reportChanges(former, current)) this.#unknown.forget()
    return current
  }

  /** The set at hand stays as it is. */
  #noteFailure(cause: unknown): KeySourceUnavailableError {
    const { message, retryAfter = 0 } =
      cause instanceof KeySourceUnavailableError ? cause : { message: `${this.#name}: unavailable` }
    this.#policy.failed(retryAfter * 1000)
    const retryIn = this.#policy.retryIn / 1000
    const error = new KeySourceUnavailableError(message, { cause, retryAfter: retryIn })
    this.#lastError = error
    this.#staleReported = false
    this.#reporter.report('refreshFailed', { error, retryIn })
    return error
  }

  /** Once: a snapshot stands in for the first fetch, as long as it is young enough. */
  #restored(): Promise<void> {
    this.#restoring ??= this.#restore()
    return this.#restoring
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
