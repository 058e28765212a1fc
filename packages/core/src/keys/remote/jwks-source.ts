import type { Clock } from '../../clock.ts'
import { KeySourceUnavailableError } from '../../errors.ts'
import type { KeyHint } from '../key-roles.ts'
import { type Fetch, fetchDocument } from './bounded-fetch.ts'
import { discoverJwksUrl } from './discovery.ts'
import { KeySet } from './key-set.ts'
import type { PublicKey } from './public-key.ts'

export interface JwksSourceSettings {
  readonly jwksUrl: string | undefined
  readonly issuer: string | undefined
  /** All durations are in milliseconds. */
  readonly cacheTtl: number
  readonly staleIfError: number
  readonly requestTimeout: number
  readonly userAgent: string
  readonly fetch: Fetch
  readonly clock: Clock
}

const maxBytes = 256 * 1024
/** Kids that nobody knows may ask for a refetch so often: junk cannot amplify, a new key is found within seconds. */
const unknownKidBurst = 2
const unknownKidRefill = 10_000
/** How often a set past its lifetime is asked for again while the answer fails. */
const retryInterval = 1000

/** The keys behind one URL: fetched when first needed, kept for a time, one request at a time. */
export class JwksSource {
  readonly #settings: JwksSourceSettings
  #set: KeySet | undefined
  #fetchedAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #flight: Promise<KeySet> | undefined
  #unknownKidTokens = unknownKidBurst
  #unknownKidRefilledAt = Number.NEGATIVE_INFINITY

  constructor(settings: JwksSourceSettings) {
    this.#settings = settings
  }

  /** The set, as long as it may still be used: its lifetime, and the outage window after that. */
  get usable(): KeySet | undefined {
    return this.#age() < this.#settings.cacheTtl + this.#settings.staleIfError ? this.#set : undefined
  }

  /** The keys for a header: at once if the set at hand has them, else after a fetch. */
  keysFor(hint: KeyHint, signal?: AbortSignal): readonly PublicKey[] | Promise<readonly PublicKey[]> {
    const set = this.usable
    if (set === undefined) return this.#afterFetch(hint, signal)
    if (this.#age() >= this.#settings.cacheTtl) this.#refreshInBackground()
    const known = set.matching(hint)
    if (known.length > 0 || !this.#mayAskForUnknownKid()) return known
    // A failed fetch leaves the answer as it is, the kid unknown; a caller that gives up gets its own reason back.
    return this.#afterFetch(hint, signal).catch((error: unknown) => {
      if (error instanceof KeySourceUnavailableError) return known
      throw error
    })
  }

  /** The set at hand, or the one that a first fetch brings. */
  async obtain(): Promise<KeySet> {
    return this.usable ?? this.refresh()
  }

  /** Fetches now; whoever asks meanwhile shares the answer. */
  refresh(): Promise<KeySet> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  async #afterFetch(hint: KeyHint, signal?: AbortSignal): Promise<readonly PublicKey[]> {
    signal?.throwIfAborted()
    const set = await untilAborted(this.refresh(), signal)
    return set.matching(hint)
  }

  #refreshInBackground(): void {
    const now = this.#settings.clock.now()
    if (now - this.#triedAt < retryInterval) return
    this.#triedAt = now
    // The set at hand serves on; a lasting failure shows when the outage window ends.
    this.refresh().catch(() => undefined)
  }

  async #fetch(): Promise<KeySet> {
    const { issuer, jwksUrl, requestTimeout, fetch, userAgent } = this.#settings
    const limits = { fetch, userAgent, maxBytes, deadline: AbortSignal.timeout(Math.ceil(requestTimeout)) }
    const url = jwksUrl ?? (await discoverJwksUrl(issuer ?? '', limits))
    const { status, document } = await fetchDocument(url, limits)
    if (status !== 200) throw new KeySourceUnavailableError(`${url}: status ${status}`)
    this.#set = await KeySet.read(document, url)
    this.#fetchedAt = this.#settings.clock.now()
    return this.#set
  }

  #age(): number {
    return this.#settings.clock.now() - this.#fetchedAt
  }

  #mayAskForUnknownKid(): boolean {
    const now = this.#settings.clock.now()
    const refilled = (now - this.#unknownKidRefilledAt) / unknownKidRefill
    this.#unknownKidTokens = Math.min(unknownKidBurst, this.#unknownKidTokens + refilled)
    this.#unknownKidRefilledAt = now
    if (this.#unknownKidTokens < 1) return false
    this.#unknownKidTokens -= 1
    return true
  }
}

/** A caller that gives up ends its own wait, and nobody else's. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  const { promise: aborted, reject } = withRejector()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function withRejector(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject!: (reason: unknown) => void
  const promise = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise
  })
  return { promise, reject }
}
