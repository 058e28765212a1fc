import type { EventEmitter } from 'node:events'
import type { KeySourceUnavailableError } from '../../errors.ts'
import { callListeners } from '../../listeners.ts'
import { channel } from '../../platform.ts'
import type { KeyNote, KeySet } from './sets/key-set.ts'
import { changesBetween, type KeyIdentity } from './sets/key-set-changes.ts'

/** The events of a key source. Durations are in seconds. Events contain no tokens or secrets. */
export interface KeySourceEvents {
  /** A fetch succeeded. `notModified` is true if the keys are the same as before, for example after a 304. */
  refreshed: [{ keys: number; notModified: boolean; freshFor: number }]
  refreshFailed: [{ error: KeySourceUnavailableError; retryIn: number }]
  /** Keys were served past their lifetime. Reported once for each failure. */
  servingStale: [{ age: number }]
  keyAdded: [KeyIdentity]
  keyRemoved: [KeyIdentity]
  /** The same kid has new material. */
  keyChanged: [KeyIdentity]
  /** A published key cannot be used. Reported when the set has changed. */
  keySetAside: [KeyNote]
  /** A published key is used, but should not have been published like that. */
  keyWarning: [KeyNote]
  /** No published key has the kid of a token. `asked` is true if a search for it is under way. */
  unknownKid: [{ kid: string | undefined; asked: boolean }]
}

/** The name of the `diagnostics_channel` on which every event of every source is published, for tracing tools. */
export const keySourceChannel = 'bearerkit:key-source'

const diagnostics = channel(keySourceChannel)

/** Reports to the listeners of a source, and to the diagnostics channel. */
export class SourceReporter {
  readonly #emitter: EventEmitter<KeySourceEvents>
  readonly #source: string

  constructor(emitter: EventEmitter<KeySourceEvents>, source: string) {
    this.#emitter = emitter
    this.#source = source
  }

  report<E extends keyof KeySourceEvents>(event: E, detail: KeySourceEvents[E][0]): void {
    if (diagnostics.hasSubscribers) diagnostics.publish({ source: this.#source, event, ...detail })
    callListeners(this.#emitter, event, detail)
  }

  /** Reports the changes in a new set. Returns true if any keys have changed. */
  reportChanges(former: KeySet | undefined, current: KeySet): boolean {
    const { keyAdded, keyRemoved, keyChanged } = changesBetween(former, current)
    for (const key of keyAdded) this.report('keyAdded', key)
    for (const key of keyRemoved) this.report('keyRemoved', key)
    for (const key of keyChanged) this.report('keyChanged', key)
    for (const note of current.setAside) this.report('keySetAside', note)
    for (const note of current.warnings) this.report('keyWarning', note)
    return keyAdded.length + keyRemoved.length + keyChanged.length > 0
  }
}

const longestKid = 64

/** Shortens a kid and replaces unprintable characters, because the sender of the token chose it. */
export function reportableKid(kid: string | undefined): string | undefined {
  return kid?.slice(0, longestKid).replaceAll(/[^\x20-\x7e]/g, '?')
}
