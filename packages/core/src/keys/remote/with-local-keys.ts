import type { Duration } from '../../configuration/duration.ts'
import { EventEmitter } from '../../platform.ts'
import type { KeyRef } from '../key-ref.ts'
import type { SigningKey, SigningKeys } from '../key-roles.ts'
import type { EnsuredKeySpec, ImportKeySpec, KeySpec, RotationOptions } from '../key-specification.ts'
import type { LocalKeyProvider } from '../local/local-key-provider.ts'
import type { HkdfParameters } from '../local/material/derivation.ts'
import type { ImportableKey } from '../local/material/read-key.ts'
import { remoteOnlyAlgorithms, type Support } from '../local/material/runtime-support.ts'
import type { StoredKeyProvider } from '../stored/stored-key-provider.ts'
import type { KeySourceEvents } from './source-events.ts'

/** The local keys that a {@link RemoteJwksKeyProvider} can use in addition to those it fetches. */
export type LocalKeys = LocalKeyProvider | StoredKeyProvider

/** What a {@link RemoteJwksKeyProvider} does with its local keys alone: creating, changing and using secrets. */
export abstract class WithLocalKeys extends EventEmitter<KeySourceEvents> implements SigningKeys {
  readonly #local: LocalKeys

  constructor(local: LocalKeys) {
    super()
    this.#local = local
  }

  createKey(spec: KeySpec): Promise<KeyRef> {
    return this.#local.createKey(spec)
  }

  ensureKey(spec: EnsuredKeySpec): Promise<KeyRef> {
    return this.#local.ensureKey(spec)
  }

  importKey(spec: ImportKeySpec, material: ImportableKey, options?: { publicKey?: ImportableKey }): Promise<KeyRef> {
    return this.#local.importKey(spec, material, options)
  }

  rotateKey(kid: string, options?: RotationOptions): Promise<KeyRef> {
    return this.#local.rotateKey(kid, options)
  }

  /** Sets how long versions of a local key still verify once they have retired. */
  retain(kid: string, retainFor: Duration): void | Promise<void> {
    return this.#local.retain(kid, retainFor)
  }

  destroyKey(kid: string, version?: number): Promise<boolean> {
    return this.#local.destroyKey(kid, version)
  }

  get knownEverywhereAfter(): number {
    return 'knownEverywhereAfter' in this.#local ? this.#local.knownEverywhereAfter : 0
  }

  get longestUnaware(): number {
    return 'longestUnaware' in this.#local ? this.#local.longestUnaware : 0
  }

  nextKeyChange(): number {
    return this.#local.nextKeyChange()
  }

  randomBytes(length: number): Promise<Uint8Array> {
    return this.#local.randomBytes(length)
  }

  hkdf(ikm: Uint8Array, parameters: HkdfParameters): Promise<Uint8Array> {
    return this.#local.hkdf(ikm, parameters)
  }

  signingKey(kid?: string): Promise<SigningKey> {
    return this.#local.signingKey(kid)
  }

  supports(): Support {
    const support = this.#local.supports()
    return {
      ...support,
      algorithms: [...support.algorithms, ...remoteOnlyAlgorithms()],
      features: [...support.features, 'remote', 'refresh'],
    }
  }
}
