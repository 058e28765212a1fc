import { channel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import type { KeySourceUnavailableError } from '../../errors.ts'
import { callListeners } from '../../listeners.ts'
import type { KeyNote, KeySet } from './sets/key-set.ts'
import { changesBetween, type KeyIdentity } from './sets/key-set-changes.ts'

/** What a source of keys reports. Durations are in seconds. Nothing in it is a token or a secret. */
export interface KeySourceEvents {
  /** A good answer came; `notModified` if the keys are the same as before, as after a 304. */
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
  /** A published key is used, and should not have been published like that. */
  keyWarning: [KeyNote]
  /** A token named a kid that is not in the set, or there for other algorithms; `asked` if there is a search for it. */
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

  /** Reports what a new set brings; answers whether its keys are others than before. */
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

/** A kid is chosen by whoever sent the token: what is reported of it is short, and printable. */
export function reportableKid(kid: string | undefined): string | undefined {
  return kid?.slice(0, longestKid).replaceAll(/[^\x20-\x7e]/g, '?')
}
