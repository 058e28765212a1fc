import type { PublicJwkSet } from '../../key-specification.ts'
import type { KeySet } from './key-set.ts'

/** Local and remote public keys as one set: the same object until one of the two changes, so that it is serialized once. */
export class MergedJwks {
  #latest: { readonly local: PublicJwkSet; readonly remote: KeySet; readonly merged: PublicJwkSet } | undefined

  /** Local keys first: a local kid wins over a remote one. */
  of(local: PublicJwkSet, remote: KeySet): PublicJwkSet {
    if (this.#latest?.local === local && this.#latest.remote === remote) return this.#latest.merged
    const taken = new Set(local.keys.map((jwk) => jwk.kid))
    const merged = { keys: [...local.keys, ...remote.jwks().filter((jwk) => !taken.has(jwk.kid))] }
    this.#latest = { local, remote, merged }
    return merged
  }
}
