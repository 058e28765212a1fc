import { CompactEncrypt } from 'jose/jwe/compact/encrypt'
import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { Buffer } from '../../../platform.ts'
import type { EncryptionKey } from './encryption-keys.ts'

/** The place of a record. It is bound to this place and cannot be decrypted in another. */
export interface RecordPlace {
  /** The prefix of the store. */
  readonly store: string
  readonly id: string
  readonly kid: string
  readonly version: number
}

/** A decrypted record. */
export interface OpenedRecord {
  readonly kid: string
  readonly version: number
  /** The id of the encryption key; undefined if the record is not encrypted. */
  readonly encryptedWith: string | undefined
  readonly payload: string
}

/** A record cannot be used. The message never quotes its contents. */
export class UnreadableRecord extends Error {}

/** Converts records to the form in which they are stored, and back. */
export interface RecordSeal {
  /** The id of the key that encrypts new records; undefined if they are not encrypted. */
  readonly current: string | undefined
  seal(place: RecordPlace, payload: string): Promise<string>
  /** @throws UnreadableRecord */
  open(place: Pick<RecordPlace, 'store' | 'id'>, value: string): Promise<OpenedRecord>
}

const type = 'bearerkit-key+jwe'

/**
 * Each record is a JWE in compact form (RFC 7516 §3.1), encrypted directly (RFC 7518 §4.5) with A256GCM. The protected
 * header is authenticated, so a record that was copied over another one, or into another store, cannot be decrypted.
 */
export class EncryptingSeal implements RecordSeal {
  readonly #first: EncryptionKey
  readonly #keys: ReadonlyMap<string, EncryptionKey>

  constructor(keys: readonly [EncryptionKey, ...EncryptionKey[]]) {
    this.#first = keys[0]
    this.#keys = new Map(keys.map((key) => [key.id, key]))
  }

  get current(): string {
    return this.#first.id
  }

  seal({ store, id, kid, version }: RecordPlace, payload: string): Promise<string> {
    const header = { alg: 'dir', enc: 'A256GCM', kid: this.#first.id, typ: type, store, id, key: kid, version }
    return new CompactEncrypt(Buffer.from(payload)).setProtectedHeader(header).encrypt(this.#first.key)
  }

  async open({ store, id }: Pick<RecordPlace, 'store' | 'id'>, value: string): Promise<OpenedRecord> {
    const { kid: encryptedWith } = headerOf(value)
    const key = this.#keys.get(String(encryptedWith))
    if (key === undefined) throw new UnreadableRecord('it is encrypted with a key that is not among `encryptionKeys`')
    const { plaintext, protectedHeader: header } = await decrypt(value, key)
    if (header.typ !== type || header['store'] !== store || header['id'] !== id)
      throw new UnreadableRecord('it belongs to another place: it was copied there')
    const { key: kid, version } = header
    return {
      kid: String(kid),
      version: Number(version),
      encryptedWith: key.id,
      payload: Buffer.from(plaintext).toString(),
    }
  }
}

/** For stores in memory, and where encryption was given up. */
export class ClearSeal implements RecordSeal {
  readonly current = undefined

  async seal({ kid, version }: RecordPlace, payload: string): Promise<string> {
    return JSON.stringify({ key: kid, version, payload })
  }

  async open(_place: Pick<RecordPlace, 'store' | 'id'>, value: string): Promise<OpenedRecord> {
    if (!value.startsWith('{')) throw new UnreadableRecord('it is encrypted, and `encryptionKeys` says that none is')
    const { key: kid, version, payload } = parsed(value)
    return { kid: String(kid), version: Number(version), encryptedWith: undefined, payload: String(payload) }
  }
}

function headerOf(value: string): Readonly<Record<string, unknown>> {
  if (value.startsWith('{')) throw new UnreadableRecord('it is not encrypted')
  return parsed(Buffer.from(value.split('.', 1)[0] ?? '', 'base64url').toString())
}

async function decrypt(value: string, { key }: EncryptionKey): ReturnType<typeof compactDecrypt> {
  try {
    const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
    return await compactDecrypt(value, key, options)
  } catch {
    throw new UnreadableRecord('it does not decrypt: it was altered')
  }
}

/** A parser's error quotes what it read. */
export function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read === 'object' && read !== null) return read as Readonly<Record<string, unknown>>
  } catch {
    // As for anything else that is no object.
  }
  throw new UnreadableRecord('it is not a record of ours')
}
