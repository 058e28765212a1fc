import type { KeyObject } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { Algorithm } from '../../../algorithms.ts'
import { signatureByKeyObject, webcrypto } from '../../../platform.ts'

/** Makes a signature or a MAC in the form that a JWS has: RFC 7518 §3.2 to §3.5, RFC 8037 §3.1. */
export type Signature = (input: Uint8Array) => Uint8Array | Promise<Uint8Array>

/**
 * Returns how a key pair signs.
 *
 * @param key for the thread pool
 * @param privateKey for quick signatures: converting a CryptoKey that is not extractable is deprecated (DEP0204)
 */
export function signatureWith(row: Algorithm, key: CryptoKey, privateKey: KeyObject): Signature {
  return row.signTime === undefined
    ? signatureInPool(row, key)
    : (input) => signatureByKeyObject(input, row, privateKey)
}

/** The platform signs in its thread pool. For ECDSA, Web Cryptography has the form of RFC 7518 §3.4. */
export function signatureInPool({ webCrypto }: Algorithm, key: CryptoKey): Signature {
  return async (input) => new Uint8Array(await webcrypto.subtle.sign(webCrypto, key, input))
}
