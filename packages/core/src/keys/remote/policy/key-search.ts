import { type Clock, momentOf } from '../../../clock.ts'
import { untilAborted, withBackgroundDeadline } from '../../../deadline.ts'
import type { KeySet } from '../sets/key-set.ts'
import { nameOf, UnknownKids } from './unknown-kids.ts'

export interface SearchSettings {
  /** Of a whole search, in milliseconds. */
  readonly requestTimeout: number
  readonly clock: Clock
}

/** Where a search looks. */
export interface SearchedSource {
  /** Whether a fetch is under way that a search would share. */
  isFetching(): boolean
  /** Whether the source may be asked now. */
  mayBeAsked(): boolean
  /** What others have fetched since. */
  shared(): KeySet | undefined
  fetch(): Promise<KeySet>
}

/**
 * Looks for keys that the set at hand does not have: new keys, replaced keys, or junk. Each search waits for one fetch,
 * or two in a row, and comes out of a budget. Tokens with the same kid share a search.
 */
export class KeySearch {
  readonly #settings: SearchSettings
  readonly #source: SearchedSource
  readonly #unknown: UnknownKids
  readonly #underWay = new Map<string, Promise<KeySet | undefined>>()

  constructor(settings: SearchSettings, source: SearchedSource) {
    this.#settings = settings
    this.#source = source
    this.#unknown = new UnknownKids(settings.clock)
  }

  /**
   * The set after a search for the kid, or undefined after a search that failed. No promise if none can be made now.
   *
   * @param isFound whether a set has what is looked for
   */
  for(kid: string | undefined, isFound: (set: KeySet) => boolean): Promise<KeySet | undefined> | undefined {
    const name = nameOf(kid)
    const shared = this.#underWay.get(name)
    if (shared !== undefined) return shared
    if (!this.#source.mayBeAsked() || !this.#unknown.mayAsk(kid)) return undefined
    const search = this.#search(kid, isFound).finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, search)
    return search
  }

  /** The keys have changed: a kid that was not found may be there now. */
  forget(): void {
    this.#unknown.forget()
  }

  async #search(kid: string | undefined, isFound: (set: KeySet) => boolean): Promise<KeySet | undefined> {
    const askedAt = momentOf(this.#settings.clock)
    try {
      const set = await withBackgroundDeadline(this.#settings.requestTimeout, undefined, (deadline) => {
        return this.#look(isFound, deadline)
      })
      if (!isFound(set)) this.#unknown.remember(kid, askedAt)
      return set
    } catch {
      // With a set at hand, a failed search leaves the token refused, and the others go on.
      return undefined
    }
  }

  async #look(isFound: (set: KeySet) => boolean, deadline: AbortSignal): Promise<KeySet> {
    const shared = this.#source.shared()
    if (shared !== undefined && isFound(shared)) return shared
    const wasUnderWay = this.#source.isFetching()
    const set = await this.#source.fetch()
    if (!wasUnderWay || isFound(set)) return set
    // A fetch that was under way when the token came may have been answered before the key was published.
    return untilAborted(this.#source.fetch(), deadline)
  }
}
