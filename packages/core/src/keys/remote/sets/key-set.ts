import type { JWK } from 'jose'
import { KeySourceUnavailableError } from '../../../errors.ts'
import { printableUrl } from '../../../printable.ts'
import { distinctKeys } from '../../distinct-keys.ts'
import type { KeyHint } from '../../key-roles.ts'
import { VersionedKids } from '../../versioned-kids.ts'
import { PublicKey } from './public-key.ts'

/** Explains why a published key is not used, or is used although it has a fault. */
export interface KeyNote {
  /** Its position in the document, from zero. */
  readonly index: number
  readonly kid: string | undefined
  readonly reason: string
}

/** The rules for reading a document. */
export interface KeySetRules {
  /** The maximum number of keys used. Default 100. */
  readonly maxKeys?: number
  /** The values of `use` that are treated as `sig`. Default: none. */
  readonly acceptKeyUses?: readonly string[]
}

/** The maximum number of keys under one kid, each of which a signature is tried against. Further keys are skipped. */
const maxKeysPerKid = 8

/** The maximum number of entries read from a document, or twice `maxKeys` if that is more. Limits work under attack. */
const mostEntries = 2000

/** The maximum number of notes kept for a document. */
const maxNotes = 100

/** The usable keys of one JWKS document. It is immutable: a new document creates a new set. */
export class KeySet {
  readonly keys: readonly PublicKey[]
  /** Keys that cannot be used. */
  readonly setAside: readonly KeyNote[]
  /** Keys that are used, but should not have been published like that. */
  readonly warnings: readonly KeyNote[]
  readonly #byKid = new VersionedKids<PublicKey[]>()
  readonly #identities: ReadonlySet<string>

  private constructor({ keys, setAside, warnings }: Reading) {
    this.keys = [...keys.values()]
    this.setAside = setAside
    this.warnings = warnings
    this.#identities = new Set(keys.keys())
    for (const key of this.keys) {
      if (key.kid !== undefined) this.#byKid.set(key.kid, [...(this.#byKid.get(key.kid) ?? []), key])
    }
  }

  /**
   * Reads a JWK Set (RFC 7517 §5). A key that cannot be used is skipped and does not affect the others. Identical keys
   * are merged. Different keys under one kid are all kept.
   *
   * @throws KeySourceUnavailableError if no key can be used
   */
  static async read(
    document: Readonly<Record<string, unknown>> | undefined,
    source: string,
    rules: KeySetRules = {},
  ): Promise<KeySet> {
    const published: unknown = document?.['keys']
    if (!Array.isArray(published)) throw new KeySourceUnavailableError(`${printableUrl(source)}: not a JWK Set`)
    const reading = new Reading(rules)
    const entries = published.slice(0, Math.max(mostEntries, 2 * reading.maxKeys))
    for (const [index, jwk] of entries.entries()) await reading.admit(jwk, index)
    if (reading.keys.size === 0)
      throw new KeySourceUnavailableError(`${printableUrl(source)}: no key in the JWK Set can be used`)
    return new KeySet(reading)
  }

  /** Returns the keys that may have signed a token with this header, without duplicates. */
  matching({ kid, alg, issuer }: KeyHint): readonly PublicKey[] {
    const named = kid === undefined ? this.keys : (this.#byKid.get(kid) ?? [])
    return distinctKeys(named.filter((key) => key.serves(alg) && key.isOf(issuer)))
  }

  /** Explains why no key matches although one is published under the kid. */
  explainAbsence({ kid, alg, issuer }: KeyHint): string | undefined {
    const named = kid === undefined ? undefined : this.#byKid.get(kid)
    const reason = named === undefined ? this.#reasonForSettingAside(kid) : whyNot(named, alg, issuer)
    return reason && `the key with this \`kid\` ${reason}`
  }

  /** Returns true if the set contains the same key: equal kid, `alg`, `issuer` and material. */
  has(key: PublicKey): boolean {
    return this.#identities.has(key.identity)
  }

  /** Returns true if the other set has the same keys, in any order, and the same notes. */
  equals({ keys, setAside, warnings }: KeySet): boolean {
    const hasSameKeys = keys.length === this.keys.length && keys.every((key) => this.has(key))
    const notes = [setAside, warnings]
    return hasSameKeys && JSON.stringify(notes) === JSON.stringify([this.setAside, this.warnings])
  }

  lookUp(kid: string, version?: number): PublicKey | undefined {
    return this.#byKid.lookUp(kid, version)?.[0]
  }

  versions(kid: string): number[] {
    return this.#byKid.versions(kid)
  }

  jwks(): JWK[] {
    return this.keys.map((key) => key.jwk)
  }

  #reasonForSettingAside(kid: string | undefined): string | undefined {
    const note = kid === undefined ? undefined : this.setAside.find((one) => one.kid === kid)
    return note && `was set aside: ${note.reason}`
  }
}

function whyNot(named: readonly PublicKey[], alg: string, issuer: string | undefined): string | undefined {
  const serving = named.filter((key) => key.serves(alg))
  if (serving.length === 0) return `is for ${named.flatMap((key) => key.algorithms).join(', ')}`
  return serving.some((key) => key.isOf(issuer)) ? undefined : 'names another issuer'
}

/** Collects the usable keys and the notes while a document is read. */
class Reading {
  readonly keys = new Map<string, PublicKey>()
  readonly setAside: KeyNote[] = []
  readonly warnings: KeyNote[] = []
  readonly #materials = new Map<string, Set<string>>()
  readonly maxKeys: number
  readonly #acceptedUses: readonly string[]

  constructor({ maxKeys = 100, acceptKeyUses = [] }: KeySetRules) {
    this.maxKeys = maxKeys
    this.#acceptedUses = acceptKeyUses
  }

  async admit(jwk: unknown, index: number): Promise<void> {
    try {
      // Checked before the key's material is read, which costs more.
      if (this.keys.size >= this.maxKeys) throw new Error(`more than ${this.maxKeys} keys`)
      const key = await PublicKey.admit(jwk, this.#acceptedUses)
      if (key.wasPrivate) keepNote(this.warnings, { index, kid: key.kid, reason: 'a private key was published' })
      if (!this.keys.has(key.identity)) this.#add(key)
    } catch (error) {
      keepNote(this.setAside, { index, kid: kidOf(jwk), reason: (error as Error).message })
    }
  }

  /** Only distinct material counts towards the limit: keys that differ only in `alg` count once. */
  #add(key: PublicKey): void {
    if (key.kid !== undefined) {
      const materials = this.#materials.get(key.kid) ?? new Set()
      if (materials.size >= maxKeysPerKid && !materials.has(key.thumbprint))
        throw new Error(`more than ${maxKeysPerKid} keys under one kid`)
      this.#materials.set(key.kid, materials.add(key.thumbprint))
    }
    this.keys.set(key.identity, key)
  }
}

function keepNote(notes: KeyNote[], one: KeyNote): void {
  if (notes.length < maxNotes) notes.push(one)
}

function kidOf(jwk: unknown): string | undefined {
  const kid: unknown = (jwk as { kid?: unknown } | null)?.kid
  return typeof kid === 'string' ? kid : undefined
}
