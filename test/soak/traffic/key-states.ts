import { Change, type Obstacle } from './change.ts'

interface KeyState {
  readonly added: Change
  readonly removed: Change
}

/** What a server knows of the keys of an issuer, by `kid`. */
export class KeyStates {
  readonly #states = new Map<string, KeyState>()

  of(kid: string): KeyState {
    let state = this.#states.get(kid)
    if (state === undefined) {
      state = { added: new Change(), removed: new Change() }
      this.#states.set(kid, state)
    }
    return state
  }

  /** The kids that were added, also those that were removed again. */
  *entries(): Iterable<readonly [kid: string, state: KeyState]> {
    for (const entry of this.#states) if (entry[1].added.hasBegun) yield entry
  }

  /** The key of a token: unknown until it was added, and again after it was removed. */
  unknown(kid: string): Obstacle {
    const { added, removed } = this.of(kid)
    return {
      title: 'token of a key that the server cannot know',
      answer: '401 key_unknown',
      mayCount: (flight) => !added.mustCount(flight) || removed.mayCount(flight),
      mustCount: (flight) => !added.mayCount(flight) || removed.mustCount(flight),
    }
  }
}
