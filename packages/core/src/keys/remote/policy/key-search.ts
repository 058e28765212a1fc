import { type Clock, momentOf } from '../../../clock.ts'
import { untilAborted, withBackgroundDeadline } from '../../../deadline.ts'
import { nameOf, UnknownKids } from './unknown-kids.ts'

export interface SearchSettings {
  /** The deadline of a whole search, in milliseconds. */
  readonly requestTimeout: number
  readonly clock: Clock
}

/** The source that a search uses. */
export interface SearchedSource<Keys> {
  /** Returns true if a fetch is under way that a search would share. */
  isFetching(): boolean
  /** Returns true if a fetch is allowed now. */
  mayBeAsked(): boolean
  /** Returns true if a fetch that has not begun yet waits for its turn. A search would share it. */
  isFetchQueued(): boolean
  /** Returns a newer set that others have fetched. */
  shared(): Keys | undefined
  fetch(): Promise<Keys>
}

/**
 * Searches for keys that the current set does not contain: new keys, replaced keys, or keys that do not exist.
 * Each search waits for one or two fetches and spends from a budget. Tokens with the same kid share a search.
 */
export class KeySearch<Keys> {
  readonly #settings: SearchSettings
  readonly #source: SearchedSource<Keys>
  readonly #unknown: UnknownKids
  readonly #underWay = new Map<string, Promise<Keys | undefined>>()

  constructor(settings: SearchSettings, source: SearchedSource<Keys>) {
    this.#settings = settings
    this.#source = source
    this.#unknown = new UnknownKids(settings.clock)
  }

  /**
   * Searches for the kid. Resolves to the newest set, which may still lack the kid, or to undefined if the search
   * failed. Returns undefined, without a promise, if no search is allowed now.
   *
   * @param isFound returns true if a set contains the wanted keys
   */
  for(kid: string | undefined, isFound: (set: Keys) => boolean): Promise<Keys | undefined> | undefined {
    const name = nameOf(kid)
    const shared = this.#underWay.get(name)
    if (shared !== undefined) return shared
    if (!this.#source.mayBeAsked() || !this.#maySearch(kid)) return undefined
    const search = this.#search(kid, isFound).finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, search)
    return search
  }

  #maySearch(kid: string | undefined): boolean {
    return this.#source.isFetchQueued() ? this.#unknown.mayShare(kid) : this.#unknown.mayAsk(kid)
  }

  /** Forgets the unknown kids. Called when the keys have changed: they may contain those kids now. */
  forget(): void {
    this.#unknown.forget()
  }

  async #search(kid: string | undefined, isFound: (set: Keys) => boolean): Promise<Keys | undefined> {
    const askedAt = momentOf(this.#settings.clock)
    try {
      const set = await withBackgroundDeadline(this.#settings.requestTimeout, undefined, (deadline) => {
        return this.#look(isFound, deadline)
      })
      if (isFound(set)) this.#unknown.refund()
      else this.#unknown.remember(kid, askedAt)
      return set
    } catch {
      // A failed search refuses only this token: the current set still serves the others.
      return undefined
    }
  }

  async #look(isFound: (set: Keys) => boolean, deadline: AbortSignal): Promise<Keys> {
    const shared = this.#source.shared()
    if (shared !== undefined && isFound(shared)) return shared
    const wasUnderWay = this.#source.isFetching()
    const set = await this.#source.fetch()
    if (!wasUnderWay || isFound(set)) return set
    // A fetch that was under way when the token arrived may have been answered before the key was published.
    return untilAborted(this.#source.fetch(), deadline)
  }
}
