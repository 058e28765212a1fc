import type { JWK } from 'jose'
import { KeySourceUnavailableError } from '../../errors.ts'
import type { KeyHint } from '../key-roles.ts'
import { VersionedKids } from '../versioned-kids.ts'
import { PublicKey } from './public-key.ts'

const maxKeys = 100

/** The usable keys of one JWKS document. It never changes: a new document makes a new set. */
export class KeySet {
  readonly #keys: readonly PublicKey[]
  readonly #byKid = new VersionedKids<PublicKey[]>()
  readonly #thumbprints: ReadonlySet<string>

  private constructor(keys: readonly PublicKey[]) {
    this.#keys = keys
    this.#thumbprints = new Set(keys.map((key) => identity(key)))
    for (const key of keys) {
      if (key.kid !== undefined) this.#byKid.set(key.kid, [...(this.#byKid.get(key.kid) ?? []), key])
    }
  }

  /**
   * Reads a JWK Set (RFC 7517 §5). A key that cannot be used is passed over, and never spoils the rest.
   *
   * @throws KeySourceUnavailableError if no key can be used
   */
  static async read(document: Readonly<Record<string, unknown>> | undefined, source: string): Promise<KeySet> {
    const published = document?.['keys']
    if (!Array.isArray(published)) throw new KeySourceUnavailableError(`${source}: not a JWK Set`)
    const admissions = await Promise.allSettled(published.slice(0, maxKeys).map((jwk) => PublicKey.admit(jwk)))
    const admitted = admissions.flatMap((admission) => (admission.status === 'fulfilled' ? [admission.value] : []))
    if (admitted.length === 0) throw new KeySourceUnavailableError(`${source}: no key in the JWK Set can be used`)
    return new KeySet([...new Map(admitted.map((key) => [identity(key), key])).values()])
  }

  /** The keys that can have made a signature under this header. */
  matching({ kid, alg }: KeyHint): readonly PublicKey[] {
    const named = kid === undefined ? this.#keys : (this.#byKid.get(kid) ?? [])
    return named.filter((key) => key.serves(alg))
  }

  /** A key counts as long as the current document has the same material under the same kid. */
  has(key: PublicKey): boolean {
    return this.#thumbprints.has(identity(key))
  }

  lookUp(kid: string, version?: number): PublicKey | undefined {
    return this.#byKid.lookUp(kid, version)?.[0]
  }

  versions(kid: string): number[] {
    return this.#byKid.versions(kid)
  }

  jwks(): JWK[] {
    return this.#keys.map((key) => key.jwk)
  }
}

/** Equal for keys that are the same in every respect that matters here: identical duplicates are one key. */
function identity(key: PublicKey): string {
  return `${key.thumbprint} ${key.jwk.alg ?? ''} ${key.kid ?? ''}`
}
