import { constants, KeyObject, sign, verify, type VerifyKeyObjectInput } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { Algorithm } from '../../algorithms.ts'
import { isMadeHere, madeInThread } from './crypto-place.ts'
import type { Signed } from '../../jwt/jws/compact-jws.ts'
import { fromDer, toDer } from './ecdsa-signature.ts'

/** Checks a signature: at once on the main thread, or in the thread pool. */
export function isSignatureOf(signed: Signed, row: Algorithm, key: CryptoKey): boolean | Promise<boolean> {
  return isSignatureByKeyObject(signed, row, keyObjectOf(key))
}

/** For algorithms that Web Cryptography does not support. */
export function isSignatureByKeyObject(
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

/** Makes a signature, in the form that a JWS has: at once on the main thread, or in the thread pool. */
export function signatureByKeyObject(input: Uint8Array, row: Algorithm, key: KeyObject): Buffer | Promise<Buffer> {
  const { digest, signTime = Infinity } = row
  if (isMadeHere(signTime)) return joseForm(sign(digest, input, key), row)
  return madeInThread<Buffer>((done) => sign(digest, input, key, done)).then((made) => joseForm(made, row))
}

function joseForm(signature: Buffer, { kty, curves: [curve = ''] }: Algorithm): Buffer {
  return kty === 'EC' ? fromDer(signature, curve) : signature
}

/** In microseconds. With RSA, it grows with the square of the length of the key. */
export function checkTimeOf({ kty, checkTime = Infinity }: Algorithm, key: KeyObject): number {
  return kty === 'RSA' ? checkTime * (modulusLengthOf(key) / 2048) ** 2 : checkTime
}

const modulusLengths = new WeakMap<KeyObject, number>()

/** Cached, because reading the details of a key takes 0.3 µs on Node 24. */
function modulusLengthOf(key: KeyObject): number {
  const known = modulusLengths.get(key)
  if (known !== undefined) return known
  const { modulusLength = 2048 } = key.asymmetricKeyDetails ?? {}
  modulusLengths.set(key, modulusLength)
  return modulusLength
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
