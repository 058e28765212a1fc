import type { Clock } from '@bearerkit/core'
import type { LoggedRequest, RequestLog, RequestOutcome } from '@bearerkit/testing'

/** A request that the issuer received. Its headers and its body may contain secrets, so they are not in it. */
export interface LogEntry {
  readonly id: number
  /** In milliseconds since the epoch. */
  readonly at: number
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly agent: string
  /** Undefined while the client waits. */
  readonly outcome: RequestOutcome | undefined
  /** In milliseconds. Undefined while there is no answer. */
  readonly duration: number | undefined
}

const mostEntries = 200

/** In characters. */
const longest = 200

/** The latest requests that the issuer received, with their outcome. */
export class LiveLog {
  readonly #clock: Clock
  readonly #onEntry: (entry: LogEntry) => void
  readonly #entries = new Map<number, LogEntry>()
  readonly #unwatch: () => void
  #lastId = 0

  /** @param onEntry called with each new entry, and again when its outcome is known */
  constructor(requests: RequestLog, clock: Clock, onEntry: (entry: LogEntry) => void) {
    this.#clock = clock
    this.#onEntry = onEntry
    this.#unwatch = requests.watch((request, outcome) => void this.record(request, outcome))
  }

  /** Oldest first. */
  get entries(): readonly LogEntry[] {
    return [...this.#entries.values()]
  }

  clear(): void {
    this.#entries.clear()
  }

  close(): void {
    this.#unwatch()
  }

  /** Adds a request. */
  async record({ method, path, headers }: LoggedRequest, pending: Promise<RequestOutcome>): Promise<void> {
    const began = performance.now()
    const entry: LogEntry = {
      id: (this.#lastId += 1),
      at: this.#clock.now(),
      method,
      path: path.replace(/\?.*$/s, '').slice(0, longest),
      agent: (headers['user-agent'] ?? '').slice(0, longest),
      outcome: undefined,
      duration: undefined,
    }
    this.#put(entry)
    const outcome = await pending
    // It may have been cleared meanwhile.
    if (this.#entries.has(entry.id)) this.#put({ ...entry, outcome, duration: Math.round(performance.now() - began) })
  }

  #put(entry: LogEntry): void {
    this.#entries.set(entry.id, entry)
    if (this.#entries.size > mostEntries) this.#entries.delete(Number(this.#entries.keys().next().value))
    this.#onEntry(entry)
  }
}
