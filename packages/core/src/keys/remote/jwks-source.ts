import type { EventEmitter } from 'node:events'
import { keepingProcessAlive, untilAborted } from '../../deadline.ts'
import { workOutlivesRequests } from '../../platform.ts'
import { printableUrl } from '../../printable.ts'
import type { KeyHint, VerificationKey, VerificationKeys } from '../key-roles.ts'
import { HeldKeySet, type HeldKeySetSettings, type KeySourceHealth } from './sets/held-key-set.ts'
import { warnOfInsecureHosts } from './fetching/insecure-hosts.ts'
import { type DownloadOptions, type DownloadSettings, JwksDownload } from './fetching/jwks-download.ts'
import { KeySearch } from './policy/key-search.ts'
import type { KeySet } from './sets/key-set.ts'
import type { KeySetSnapshot } from './sets/key-set-snapshot.ts'
import { PublicKey } from './sets/public-key.ts'
import { type Departure, SharedFlight } from './policy/shared-flight.ts'
import type { JwksDocument, SharedJwks } from './fetching/shared-jwks.ts'
import { type KeySourceEvents, reportableKid, SourceReporter } from './source-events.ts'

export interface JwksSourceSettings extends DownloadSettings, HeldKeySetSettings {}

/** Metadata is fetched again about as often as keys change. */
const ordinary: DownloadOptions = { way: 'shared', maxMetadataAge: 60 * 60_000 }
const refreshing: DownloadOptions = { way: 'if changed', maxMetadataAge: 60_000 }
/** The JWKS may have moved: an unknown kid may be at its new URL. */
const searching: DownloadOptions = { way: 'whole', maxMetadataAge: 60_000 }
const forced: DownloadOptions = { way: 'whole', maxMetadataAge: 0 }

/**
 * The keys of one URL or issuer. They are served from memory and refreshed in the background. A fetch does not keep the
 * process alive; a caller that waits for one does.
 */
export class JwksSource implements VerificationKeys {
  readonly #issuer: string | undefined
  readonly #held: HeldKeySet
  readonly #download: JwksDownload
  readonly #flights: SharedFlight<DownloadOptions, KeySet>
  readonly #search: KeySearch<KeySet>
  readonly #reporter: SourceReporter

  /**
   * @param emitter calls the listeners of the application
   * @param documents the documents that all issuers of a verifier share
   */
  constructor(settings: JwksSourceSettings, emitter: EventEmitter<KeySourceEvents>, documents?: SharedJwks) {
    warnOfInsecureHosts(settings.insecureHosts)
    this.#issuer = settings.issuer
    const location = settings.jwksUrl ?? settings.metadataUrl ?? settings.issuer ?? ''
    this.#reporter = new SourceReporter(emitter, printableUrl(location))
    this.#held = new HeldKeySet(settings, location, this.#reporter)
    this.#download = new JwksDownload(settings, documents)
    this.#flights = new SharedFlight(settings.requestTimeout, (departure) => this.#fly(departure))
    this.#search = new KeySearch(settings, {
      isFetching: () => this.#flights.underWay !== undefined,
      isFetchQueued: () => false,
      mayBeAsked: () => this.#held.retryIn === 0,
      shared: () => this.#adoptShared(),
      fetch: () => this.#flights.share(searching),
    })
  }

  /** Returns the keys for a header: immediately if they are known, after a fetch if they may be new. */
  verificationKeys(
    given: KeyHint,
    options: { signal?: AbortSignal } = {},
  ): readonly PublicKey[] | Promise<readonly PublicKey[]> {
    const hint = this.#complete(given)
    const { signal } = options
    const set = this.#servedAtOnce()
    if (set === undefined) return keepingProcessAlive(this.#keysAfterFetch(hint, options))
    const known = set.matching(hint)
    if (known.length > 0) return known
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const search = this.#search.for(hint.kid, (found) => found.matching(hint).length > 0)
    const isPublished = set.explainAbsence(hint) !== undefined
    if (!isPublished) this.#reporter.report('unknownKid', { kid: reportableKid(hint.kid), asked: search !== undefined })
    return search === undefined ? [] : keysAfter(search, hint, signal)
  }

  /**
   * Returns untried keys for a header: immediately if the set has changed in the meantime, otherwise after a search. Fetches a
   * new set if this one has become too old in the meantime, because its keys no longer prove that a signature is wrong.
   *
   * @throws KeySourceUnavailableError if the set is too old, and no other can be fetched
   */
  replacementKeys(
    given: KeyHint,
    options: { tried?: readonly VerificationKey[]; signal?: AbortSignal } = {},
  ): readonly PublicKey[] | Promise<readonly PublicKey[]> {
    const hint = this.#complete(given)
    const { tried = [], signal } = options
    const thumbprints = new Set(tried.map(({ thumbprint }) => thumbprint))
    const untriedIn = (keys: readonly PublicKey[]): PublicKey[] =>
      keys.filter(({ thumbprint }) => !thumbprints.has(thumbprint))
    const set = this.#served()
    if (set === undefined) return keepingProcessAlive(this.#keysAfterFetch(hint, options)).then(untriedIn)
    const atHand = untriedIn(set.matching(hint))
    if (atHand.length > 0) return atHand
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const search = this.#search.for(hint.kid, (found) => untriedIn(found.matching(hint)).length > 0)
    return search === undefined ? [] : keysAfter(search, hint, signal).then(untriedIn)
  }

  explainAbsence(hint: KeyHint): string | undefined {
    return this.#held.usable?.explainAbsence(this.#complete(hint))
  }

  /**
   * Returns true if the set contains the key and may still be served. Also starts a background refresh when one is due.
   */
  trusts(key: VerificationKey): boolean {
    return key instanceof PublicKey && this.#served()?.has(key) === true
  }

  /** @throws KeySourceUnavailableError if there is no usable set, and none can be fetched */
  obtain(): Promise<KeySet> {
    return keepingProcessAlive(this.#obtain())
  }

  /** Waits for a usable set, and fetches one even during a back-off: callers do this only at start-up. */
  async ready(): Promise<void> {
    await keepingProcessAlive(this.#ready())
  }

  /** Fetches now, or shares the fetch that is under way. With `force`, it only shares a forced fetch. */
  async refresh({ force }: { force: boolean }): Promise<void> {
    await keepingProcessAlive(force ? this.#refreshByForce() : this.#flights.share(refreshing))
  }

  health(): KeySourceHealth {
    return this.#held.health()
  }

  snapshot(): KeySetSnapshot | undefined {
    return this.#held.snapshot()
  }

  close(): void {
    this.#download.close()
  }

  /** Fills in the issuer of this source if the hint has none. */
  #complete(hint: KeyHint): KeyHint {
    return hint.issuer === undefined ? { ...hint, issuer: this.#issuer } : hint
  }

  /** Returns the current set if it may be served, and starts a background refresh when one is due. */
  #served(): KeySet | undefined {
    const { phase } = this.#held
    const set = this.#held.usableIn(phase)
    if (set !== undefined && phase !== 'fresh') this.#refreshInBackground()
    return set
  }

  /**
   * Returns the set that is served without a wait. Where a platform ends all work with the request that began it, a refresh in
   * the background would never complete, so the next token that is not remembered waits for it.
   */
  #servedAtOnce(): KeySet | undefined {
    const set = this.#served()
    const isRefreshDue = !workOutlivesRequests && this.#held.phase !== 'fresh' && this.#held.retryIn === 0
    return isRefreshDue ? undefined : set
  }

  #refreshInBackground(): void {
    this.#held.reportStale()
    if (!workOutlivesRequests) return
    if (this.#flights.underWay !== undefined || this.#held.retryIn > 0) return
    // Events and `health()` report the result. The request that started the refresh does not wait for it.
    this.#flights.share(ordinary).catch(() => undefined)
  }

  async #obtain(): Promise<KeySet> {
    await this.#held.restored()
    return this.#served() ?? this.#fetchUnlessBackingOff()
  }

  async #ready(): Promise<void> {
    await this.#held.restored()
    if (this.#served() === undefined) await this.#flights.share(ordinary)
  }

  async #keysAfterFetch(hint: KeyHint, options: { signal?: AbortSignal }): Promise<readonly PublicKey[]> {
    await this.#held.restored()
    if (this.#servedAtOnce() !== undefined) return this.verificationKeys(hint, options)
    options.signal?.throwIfAborted()
    const set = await untilAborted(this.#fetchOrServed(), options.signal)
    return set.matching(hint)
  }

  /** A set that may still be served is served if it cannot be refreshed. */
  async #fetchOrServed(): Promise<KeySet> {
    try {
      return await this.#fetchUnlessBackingOff()
    } catch (error) {
      const set = this.#served()
      if (set === undefined) throw error
      return set
    }
  }

  async #fetchUnlessBackingOff(): Promise<KeySet> {
    if (this.#flights.underWay === undefined && this.#held.retryIn > 0) throw this.#held.backingOff()
    return this.#flights.share(ordinary)
  }

  /** Does not share an ordinary fetch: it may already be answered, or may not request the whole document. */
  async #refreshByForce(): Promise<KeySet> {
    const other = this.#flights.underWay
    if (other === undefined || other.kind === forced) return this.#flights.share(forced)
    await other.landing.catch(() => undefined)
    return this.#refreshByForce()
  }

  async #fly(departure: Departure<DownloadOptions>): Promise<KeySet> {
    const former = this.#held.document
    try {
      const document = await this.#download.download(departure.kind)
      if (!this.#flights.wasSuspended(departure)) return this.#adopt(document)
    } catch (error) {
      // Another fetch may have succeeded in the meantime. Then this failure does not count against the source.
      if (!this.#flights.wasSuspended(departure))
        throw this.#held.document === former ? this.#held.noteFailure(error) : error
    }
    // The process was suspended: a failure says nothing about the source, and an answer may be from before the suspension.
    // Callers get the result of a new fetch.
    return this.#flights.share(departure.kind)
  }

  /** Adopts newer keys that another issuer has fetched from the same URL. */
  #adoptShared(): KeySet | undefined {
    const newer = this.#download.newer()
    return newer && this.#adopt(newer)
  }

  #adopt(document: JwksDocument): KeySet {
    const former = this.#held.document?.set
    const set = this.#held.adopt(document)
    if (set !== former) this.#search.forget()
    return set
  }
}

/** Returns the keys for a header from the set that a search finds. Empty if the search fails. */
function keysAfter(
  search: Promise<KeySet | undefined>,
  hint: KeyHint,
  signal: AbortSignal | undefined,
): Promise<readonly PublicKey[]> {
  return keepingProcessAlive(untilAborted(search, signal)).then((set) => set?.matching(hint) ?? [])
}
