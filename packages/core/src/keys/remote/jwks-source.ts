import type { EventEmitter } from 'node:events'
import { keepingProcessAlive, untilAborted } from '../../deadline.ts'
import { printableUrl } from '../../printable.ts'
import type { KeyHint, VerificationKey } from '../key-roles.ts'
import { HeldKeySet, type HeldKeySetSettings, type KeySourceHealth } from './sets/held-key-set.ts'
import { type DownloadOptions, type DownloadSettings, JwksDownload } from './fetching/jwks-download.ts'
import { KeySearch } from './policy/key-search.ts'
import type { KeySet } from './sets/key-set.ts'
import type { KeySetSnapshot } from './sets/key-set-snapshot.ts'
import type { PublicKey } from './sets/public-key.ts'
import { type Departure, SharedFlight } from './policy/shared-flight.ts'
import type { JwksDocument, SharedJwks } from './fetching/shared-jwks.ts'
import { type KeySourceEvents, reportableKid, SourceReporter } from './source-events.ts'

export interface JwksSourceSettings extends DownloadSettings, HeldKeySetSettings {}

/** Metadata is read again about as often as keys change. */
const ordinary: DownloadOptions = { way: 'shared', maxMetadataAge: 60 * 60_000 }
const refreshing: DownloadOptions = { way: 'if changed', maxMetadataAge: 60_000 }
/** A kid that is not where keys were may be where they are now. */
const searching: DownloadOptions = { way: 'whole', maxMetadataAge: 60_000 }
const forced: DownloadOptions = { way: 'whole', maxMetadataAge: 0 }

/**
 * The keys behind one URL or issuer: served from memory, kept up to date behind the requests that use them. Fetches do
 * not keep the process alive; callers who wait for one do.
 */
export class JwksSource {
  readonly #issuer: string | undefined
  readonly #held: HeldKeySet
  readonly #download: JwksDownload
  readonly #flights: SharedFlight<DownloadOptions, KeySet>
  readonly #search: KeySearch
  readonly #reporter: SourceReporter

  constructor(settings: JwksSourceSettings, emitter: EventEmitter<KeySourceEvents>) {
    this.#issuer = settings.issuer
    const location = settings.jwksUrl ?? settings.metadataUrl ?? settings.issuer ?? ''
    this.#reporter = new SourceReporter(emitter, printableUrl(location))
    this.#held = new HeldKeySet(settings, location, this.#reporter)
    this.#download = new JwksDownload(settings)
    this.#flights = new SharedFlight(settings.requestTimeout, (departure) => this.#fly(departure))
    this.#search = new KeySearch(settings, {
      isFetching: () => this.#flights.underWay !== undefined,
      mayBeAsked: () => this.#held.retryIn === 0,
      shared: () => this.#adoptShared(),
      fetch: () => this.#flights.share(searching),
    })
  }

  /** The keys for a header: at once where they are known, after a fetch where they may be new. */
  keysFor(given: KeyHint, signal?: AbortSignal): readonly PublicKey[] | Promise<readonly PublicKey[]> {
    const hint = this.#complete(given)
    const set = this.#served()
    if (set === undefined) return keepingProcessAlive(this.#keysAfterFetch(hint, signal))
    const known = set.matching(hint)
    if (known.length > 0) return known
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const search = this.#search.for(hint.kid, (found) => found.matching(hint).length > 0)
    this.#reporter.report('unknownKid', { kid: reportableKid(hint.kid), asked: search !== undefined })
    return search === undefined ? [] : keysAfter(search, hint, signal)
  }

  /** The keys for a header that were not tried: at hand where the set has changed meanwhile, else after a search. */
  replacementsFor(
    given: KeyHint,
    tried: readonly VerificationKey[],
    signal?: AbortSignal,
  ): readonly PublicKey[] | Promise<readonly PublicKey[]> {
    const hint = this.#complete(given)
    const thumbprints = new Set(tried.map(({ thumbprint }) => thumbprint))
    const untriedIn = (keys: readonly PublicKey[]): PublicKey[] =>
      keys.filter(({ thumbprint }) => !thumbprints.has(thumbprint))
    const set = this.#served()
    if (set === undefined) return []
    const atHand = untriedIn(set.matching(hint))
    if (atHand.length > 0) return atHand
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const search = this.#search.for(hint.kid, (found) => untriedIn(found.matching(hint)).length > 0)
    return search === undefined ? [] : keysAfter(search, hint, signal).then(untriedIn)
  }

  explainAbsence(hint: KeyHint): string | undefined {
    return this.#held.usable?.explainAbsence(this.#complete(hint))
  }

  /** Whether the key is in the set, and the set still counts. Also starts a background refresh when one is due. */
  has(key: PublicKey): boolean {
    return this.#served()?.has(key) === true
  }

  /** @throws KeySourceUnavailableError if there is no usable set, and none can be had */
  obtain(): Promise<KeySet> {
    return keepingProcessAlive(this.#obtain())
  }

  /** The same, and asks at once also after a failure: a start that is waited for is not attempted often. */
  async ready(): Promise<void> {
    await keepingProcessAlive(this.#ready())
  }

  /** Fetches now, or shares the fetch that is under way. By force, it shares no fetch that asks for less. */
  async refresh({ force }: { force: boolean }): Promise<void> {
    await keepingProcessAlive(force ? this.#refreshByForce() : this.#flights.share(refreshing))
  }

  health(): KeySourceHealth {
    return this.#held.health()
  }

  snapshot(): KeySetSnapshot | undefined {
    return this.#held.snapshot()
  }

  /** To be called before the first use. */
  share(documents: SharedJwks): void {
    this.#download.share(documents)
  }

  close(): void {
    this.#download.close()
  }

  /** The keys are held to be our own issuer's where nobody says whose tokens they are for. */
  #complete(hint: KeyHint): KeyHint {
    return hint.issuer === undefined ? { ...hint, issuer: this.#issuer } : hint
  }

  /** The set at hand if it counts, refreshed in the background where it is time for that. */
  #served(): KeySet | undefined {
    const set = this.#held.usable
    if (set !== undefined && this.#held.phase !== 'fresh') this.#refreshInBackground()
    return set
  }

  #refreshInBackground(): void {
    this.#held.reportStale()
    if (this.#flights.underWay !== undefined || this.#held.retryIn > 0) return
    // The result shows in events and health; the request that happened to start the refresh goes on.
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

  async #keysAfterFetch(hint: KeyHint, signal?: AbortSignal): Promise<readonly PublicKey[]> {
    await this.#held.restored()
    if (this.#served() !== undefined) return this.keysFor(hint, signal)
    signal?.throwIfAborted()
    const set = await untilAborted(this.#fetchUnlessBackingOff(), signal)
    return set.matching(hint)
  }

  async #fetchUnlessBackingOff(): Promise<KeySet> {
    if (this.#flights.underWay === undefined && this.#held.retryIn > 0) throw this.#held.backingOff()
    return this.#flights.share(ordinary)
  }

  /** A fetch that began before may have been answered before, or not asked for the whole document. */
  async #refreshByForce(): Promise<KeySet> {
    const other = this.#flights.underWay
    if (other === undefined || other.kind === forced) return this.#flights.share(forced)
    await other.landing.catch(() => undefined)
    return this.#refreshByForce()
  }

  async #fly(departure: Departure<DownloadOptions>): Promise<KeySet> {
    const former = this.#held.document
    try {
      return this.#adopt(await this.#download.download(departure.kind))
    } catch (error) {
      // A suspended process says nothing about the source: those who wait get the answer of a new fetch.
      if (this.#flights.wasSuspended(departure)) return this.#flights.share(departure.kind)
      // Nor is a failure held against the source when another fetch has succeeded meanwhile.
      if (this.#held.document !== former) throw error
      throw this.#held.noteFailure(error)
    }
  }

  /** The keys that another issuer has fetched from the same URL since. */
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

/** The keys for a header out of the set that a search brings; none if it brings none. */
function keysAfter(
  search: Promise<KeySet | undefined>,
  hint: KeyHint,
  signal: AbortSignal | undefined,
): Promise<readonly PublicKey[]> {
  return keepingProcessAlive(untilAborted(search, signal)).then((set) => set?.matching(hint) ?? [])
}
