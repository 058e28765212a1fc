import type { webcrypto } from 'node:crypto'
import type { JWK } from 'jose'
import { rsaBits } from '../../../algorithms.ts'
import { InvalidKeyError } from '../../../errors.ts'
import { Buffer, createPrivateKey, createPublicKey, KeyObject, sign, verify } from '../../../platform.ts'
import { integerIn } from './der.ts'
import { rsaParametersOf } from './rsa-public-key.ts'

/** A key to import: a JWK, PEM (PKCS#8, SPKI or PKCS#1), a KeyObject, a CryptoKey, or the bytes of a secret. */
export type ImportableKey = JWK | string | Uint8Array | KeyObject | webcrypto.CryptoKey

export function isCryptoKey(material: ImportableKey): material is webcrypto.CryptoKey {
  return Object.prototype.toString.call(material) === '[object CryptoKey]'
}

export function isJwk(material: ImportableKey): material is JWK {
  const isKey = material instanceof Uint8Array || material instanceof KeyObject || isCryptoKey(material)
  return typeof material === 'object' && material !== null && !isKey
}

/**
 * Reads a key in any form. Returns asymmetric keys as a KeyObject, and secrets as a KeyObject or as bytes.
 *
 * @throws InvalidKeyError if it cannot be read; without the parser's message, because parsers quote their input
 */
export function readKey(material: ImportableKey): KeyObject | Uint8Array {
  if (material instanceof KeyObject) return material
  if (material instanceof Uint8Array) return readBytes(material)
  try {
    if (isCryptoKey(material)) return KeyObject.from(material)
    return isJwk(material) ? readJwk(material) : readPem(material)
  } catch (error) {
    if (error instanceof InvalidKeyError) throw error
    throw new InvalidKeyError('material: it cannot be read as a key')
  }
}

/** Refuses PEM as bytes: bytes are a secret, and PEM is not. A file that is read without an encoding yields bytes. */
function readBytes(bytes: Uint8Array): Uint8Array {
  if (!Buffer.from(bytes).toString('latin1').trimStart().startsWith('-----BEGIN ')) return bytes
  throw new InvalidKeyError('material: the bytes are PEM: pass them as a string')
}

function readPem(pem: string): KeyObject {
  if (pem.includes('ENCRYPTED')) throw new InvalidKeyError('material: the PEM is encrypted: decrypt it first')
  if (/-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/.test(pem)) return createPrivateKey(pem)
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) return createPublicKey(pem)
  throw new InvalidKeyError('material: the string is not PEM of a private or public key')
}

function readJwk(jwk: JWK): KeyObject | Uint8Array {
  if (jwk.kty === 'oct') return readSecret(jwk)
  const isPrivate = jwk.d !== undefined || jwk.priv !== undefined
  if (isPrivate) return readPrivate(jwk)
  if (['p', 'q', 'dp', 'dq', 'qi', 'oth'].some((member) => Object.hasOwn(jwk, member))) {
    throw new InvalidKeyError('material: a private JWK without `d`')
  }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

function readSecret({ k }: JWK): Uint8Array {
  const secret = Buffer.from(String(k), 'base64url')
  if (secret.toString('base64url') !== k) throw new InvalidKeyError('material: `k` is not base64url')
  return secret
}

/** Reads a private JWK. It contains both halves, and only this function checks that they belong together. */
function readPrivate(jwk: JWK): KeyObject {
  const privateKey = createPrivate(jwk)
  const publicKey = createPublicKey(privateKey)
  checkLength(publicKey)
  const derived: JWK = publicKey.export({ format: 'jwk' })
  const differs = (['n', 'e', 'x', 'y', 'pub'] as const).some((member) => derived[member] !== jwk[member])
  if (differs || !isConsistent(jwk, privateKey, publicKey)) {
    throw new InvalidKeyError('material: the private and the public members belong to different keys')
  }
  return privateKey
}

/** Newer versions of Node also check that the halves belong together, but their error does not say so. */
function createPrivate(jwk: JWK): KeyObject {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' })
  } catch {
    throw new InvalidKeyError(
      'material: it cannot be read as a private key, or its public members belong to another key',
    )
  }
}

/** Runs before any operation whose cost grows with the key's length. */
function checkLength(publicKey: KeyObject): void {
  if (publicKey.asymmetricKeyType !== 'rsa' || rsaParametersOf(publicKey).modulusLength <= rsaBits.most) return
  throw new InvalidKeyError(`material: an RSA key of more than ${rsaBits.most} bits`)
}

/**
 * Checks an RSA key: Node copies its public half instead of deriving it, and ignores `d` if the primes are present
 * (RFC 8017 §3.2).
 */
function isConsistent({ d, e, p, q }: JWK, privateKey: KeyObject, publicKey: KeyObject): boolean {
  if (privateKey.asymmetricKeyType !== 'rsa') return true
  const product = integer(d) * integer(e)
  if (![p, q].every((prime) => product % (integer(prime) - 1n) === 1n)) return false
  const message = Buffer.from('consistent')
  return verify('sha256', message, publicKey, sign('sha256', message, privateKey))
}

/** RFC 7518 §2: Base64urlUInt. */
function integer(value: unknown): bigint {
  return integerIn(Buffer.from(String(value), 'base64url'))
}
