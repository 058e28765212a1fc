import type { CryptoKey } from 'jose'
import type { SigningKey } from '../key-roles.ts'
import type { KeyVersion } from './ring/key-version.ts'

/** A local key as token issuers use it: it signs, and stays where it is. */
export class LocalSigningKey implements SigningKey {
  readonly kid: string
  readonly alg: string
  readonly retainedUntil: number
  readonly #key: KeyVersion

  constructor(key: KeyVersion, retainedUntil: number) {
    this.kid = key.publishedKid
    this.alg = key.row.alg
    this.retainedUntil = retainedUntil
    this.#key = key
  }

  /** On the prototype, so that copying, printing or serializing this object does not ask for it. */
  get privateKey(): CryptoKey {
    return this.#key.keyFor('sign')
  }

  sign(input: Uint8Array): Promise<Uint8Array> {
    return this.#key.sign(input)
  }
}
