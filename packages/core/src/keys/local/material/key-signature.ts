import type { KeyObject } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { Algorithm } from '../../../algorithms.ts'
import { isMadeHere, madeInThread, sign, webcrypto } from '../../../platform.ts'

/** Makes a signature or a MAC in the form that a JWS has: RFC 7518 §3.2 to §3.5, RFC 8037 §3.1. */
export type Signature = (input: Uint8Array) => Uint8Array | Promise<Uint8Array>

/**
 * Returns how a key pair signs.
 *
 * @param key for the thread pool
 * @param privateKey for quick signatures: converting a CryptoKey that is not extractable is deprecated (DEP0204)
 */
export function signatureWith(row: Algorithm, key: CryptoKey, privateKey: KeyObject): Signature {
  const { signTime } = row
  return signTime === undefined ? signatureInPool(row, key) : quickSignature(row, privateKey, signTime)
}

/** The platform signs in its thread pool. For ECDSA, Web Cryptography has the form of RFC 7518 §3.4. */
export function signatureInPool({ webCrypto }: Algorithm, key: CryptoKey): Signature {
  return async (input) => new Uint8Array(await webcrypto.subtle.sign(webCrypto, key, input))
}

function quickSignature({ digest }: Algorithm, key: KeyObject, time: number): Signature {
  // RFC 7518 §3.4: both integers at full length, one after the other. Has no effect on Ed25519.
  const fullLength = { key, dsaEncoding: 'ieee-p1363' } as const
  return (input) =>
    isMadeHere(time)
      ? sign(digest, input, fullLength)
      : madeInThread<Buffer>((done) => sign(digest, input, fullLength, done))
}
