import { constants, KeyObject, verify, type VerifyKeyObjectInput, webcrypto } from 'node:crypto'
import type { CryptoKey } from 'jose'
import { type Algorithm, algorithmsNamed } from '../../algorithms.ts'
import { continued } from '../../callback.ts'
import { isMadeHere, madeInThread } from '../../crypto-place.ts'
import type { VerificationKey } from '../../keys/key-roles.ts'
import type { Signed } from './compact-jws.ts'
import { toDer } from './ecdsa-signature.ts'

/**
 * True if the signature verifies with this key (RFC 7515 §5.2). The only place where a signature is verified. Uses
 * `node:crypto`; the tests compare the results with jose.
 */
export function isSignedBy(signed: Signed, alg: string, key: VerificationKey): boolean | Promise<boolean> {
  const [row] = algorithmsNamed(alg)
  if (row === undefined) return false
  if (row.isNodeOnly === true) return isSignatureByKeyObject(signed, row, key.keyObject?.(alg))
  const check = row.kty === 'oct' ? isMacOf : isSignatureOf
  return continued(key.cryptoKey(alg), (imported) => check(signed, row, imported))
}

/** Compares in constant time (RFC 7518 §3.2). Uses Web Cryptography, so the secret need not be extractable. */
async function isMacOf(
  { signingInput, signature }: Signed,
  { webCrypto: { name, hash } }: Algorithm,
  key: CryptoKey,
): Promise<boolean> {
  // RFC 8725 §3.1: a key is for one algorithm. Web Cryptography uses the key's hash and does not see the header.
  if ((key.algorithm as webcrypto.HmacKeyAlgorithm).hash.name !== hash) return false
  return webcrypto.subtle.verify(name, key, signature, signingInput)
}

function isSignatureOf(signed: Signed, row: Algorithm, key: CryptoKey): boolean | Promise<boolean> {
  return isSignatureByKeyObject(signed, row, keyObjectOf(key))
}

function isSignatureByKeyObject(
  { signingInput, signature }: Signed,
  row: Algorithm,
  key: KeyObject | undefined,
): boolean | Promise<boolean> {
  const [curve = ''] = row.curves
  const platformForm = row.kty === 'EC' ? toDer(signature, curve) : signature
  if (platformForm === undefined || key === undefined) return false
  const padded = withPadding(row, key)
  if (isMadeHere(checkTimeOf(row, key))) return verify(row.digest, signingInput, padded, platformForm)
  return madeInThread((done) => verify(row.digest, signingInput, padded, platformForm, done))
}

/** In microseconds. With RSA, it grows with the square of the length of the key. */
export function checkTimeOf({ checkTime = Infinity }: Algorithm, key: KeyObject): number {
  const { modulusLength = 2048 } = key.asymmetricKeyDetails ?? {}
  return checkTime * (modulusLength / 2048) ** 2
}

/** RFC 7518 §3.5: the salt is as long as the hash. Other algorithms get the bare key, which is faster than options. */
function withPadding({ webCrypto }: Algorithm, key: KeyObject): KeyObject | VerifyKeyObjectInput {
  if (webCrypto.name !== 'RSA-PSS') return key
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

const keyObjects = new WeakMap<CryptoKey, KeyObject>()

function keyObjectOf(key: CryptoKey): KeyObject {
  const known = keyObjects.get(key)
  if (known !== undefined) return known
  const keyObject = KeyObject.from(key)
  keyObjects.set(key, keyObject)
  return keyObject
}
