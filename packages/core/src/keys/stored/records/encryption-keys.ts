import type { CryptoKey } from 'jose'
import { refuse } from '../../../configuration/options.ts'
import { Buffer, createHmac, webcrypto } from '../../../platform.ts'

/** Turns off encryption at rest: anyone who can read the store, or a backup of it, has the keys. */
export const inTheClear = 'none, secrets are stored in the clear'

/** Keys of 32 bytes that encrypt records at rest: the first encrypts, all decrypt. Or the sentence that turns it off. */
export type EncryptionKeysOption = typeof inTheClear | readonly (Uint8Array | string)[]

/** An encryption key, ready for use. */
export interface EncryptionKey {
  /** Identifies the key of a record. Derived from the key without revealing it. */
  readonly id: string
  readonly key: CryptoKey
}

/** The key length of A256GCM (RFC 7518 §5.3), in bytes. */
const keyLength = 32

/** Reads the option. Its errors never quote the value. */
export function encryptionKeys(value: unknown, option: string): typeof inTheClear | readonly Uint8Array[] {
  if (value === inTheClear) return inTheClear
  const keys: unknown = typeof value === 'string' ? value.split(',') : value
  if (!Array.isArray(keys) || keys.length === 0)
    throw refuse(option, `must be a list of keys of ${keyLength} bytes, or '${inTheClear}'`)
  return Object.freeze(keys.map((key, index) => keyBytes(key, option, index + 1)))
}

function keyBytes(key: unknown, option: string, place: number): Uint8Array {
  const bytes = typeof key === 'string' ? textBytes(key.trim()) : key
  if (!(bytes instanceof Uint8Array) || bytes.byteLength !== keyLength)
    throw refuse(option, `key ${place} must be ${keyLength} bytes, as Uint8Array or base64url`)
  return Uint8Array.from(bytes)
}

/** Decodes base64url, and base64 as `openssl rand -base64 32` prints it. */
function textBytes(text: string): Uint8Array | undefined {
  return /^[\w+/-]+=?$/.test(text) ? Buffer.from(text, 'base64url') : undefined
}

export async function importEncryptionKey(bytes: Uint8Array): Promise<EncryptionKey> {
  const id = createHmac('sha256', bytes).update('bearerkit encryption key').digest('base64url').slice(0, 11)
  return { id, key: await webcrypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']) }
}
