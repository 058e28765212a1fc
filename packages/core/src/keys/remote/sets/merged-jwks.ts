import type { PublicJwkSet } from '../../key-specification.ts'
import type { KeySet } from './key-set.ts'

/**
 * Merges local and remote public keys into one set. Returns the same object until either changes, so it is serialized
 * once.
 */
export class MergedJwks {
  #latest: { readonly local: PublicJwkSet; readonly remote: KeySet; readonly merged: PublicJwkSet } | undefined

  /** Puts local keys first. A local kid takes precedence over a remote one. */
  of(local: PublicJwkSet, remote: KeySet): PublicJwkSet {
    if (this.#latest?.local === local && this.#latest.remote === remote) return this.#latest.merged
    const taken = new Set(local.keys.map((jwk) => jwk.kid))
    const merged = { keys: [...local.keys, ...remote.jwks().filter((jwk) => !taken.has(jwk.kid))] }
    this.#latest = { local, remote, merged }
    return merged
  }
}
