import { constants, createHmac, KeyObject, timingSafeEqual, verify, type VerifyKeyObjectInput } from 'node:crypto'
import type { CryptoKey } from 'jose'
import { type Algorithm, algorithmsNamed } from '../algorithms.ts'
import type { VerificationKey } from '../keys/key-roles.ts'
import { toDer } from './ecdsa-signature.ts'

/**
 * Whether this key made the signature of this token: RFC 7515 §5.2. The one place where a signature is checked.
 * The platform's own call does it, off the main thread; jose is the oracle that the tests hold it against.
 */
export async function isSignedBy(token: string, alg: string, key: VerificationKey): Promise<boolean> {
  const [row] = algorithmsNamed(alg)
  if (row === undefined) return false
  const ready = key.cryptoKey(alg)
  const cryptoKey = ready instanceof Promise ? await ready : ready
  const end = token.lastIndexOf('.')
  const signingInput = Buffer.from(token.slice(0, end), 'latin1')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  return row.kty === 'oct'
    ? isMacOf(row, cryptoKey, signingInput, signature)
    : isSignatureOf(row, cryptoKey, signingInput, signature)
}

/** RFC 7518 §3.2: compared in constant time. */
function isMacOf(row: Algorithm, key: CryptoKey, signingInput: Buffer, mac: Buffer): boolean {
  const expected = createHmac(hashOf(row) ?? '', keyObjectOf(key))
    .update(signingInput)
    .digest()
  return mac.length === expected.length && timingSafeEqual(mac, expected)
}

function isSignatureOf(
  row: Algorithm,
  key: CryptoKey,
  signingInput: Buffer,
  signature: Buffer,
): boolean | Promise<boolean> {
  const [curve = ''] = row.curves
  const platformForm = row.kty === 'EC' ? toDer(signature, curve) : signature
  if (platformForm === undefined) return false
  return new Promise((resolve, reject) => {
    verify(hashOf(row), signingInput, withPadding(row, keyObjectOf(key)), platformForm, (error, holds) => {
      if (error === null) resolve(holds)
      else reject(error)
    })
  })
}

/** RFC 7518 §3.5: the salt is as long as the hash. Where there is nothing to say, the key alone is the quickest. */
function withPadding({ webCrypto }: Algorithm, key: KeyObject): KeyObject | VerifyKeyObjectInput {
  if (webCrypto.name !== 'RSA-PSS') return key
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

/** None where the algorithm has its own. */
function hashOf({ webCrypto: { hash } }: Algorithm): string | undefined {
  return hash?.replace('-', '').toLowerCase()
}

const keyObjects = new WeakMap<CryptoKey, KeyObject>()

function keyObjectOf(key: CryptoKey): KeyObject {
  const keyObject = keyObjects.get(key) ?? KeyObject.from(key)
  keyObjects.set(key, keyObject)
  return keyObject
}
