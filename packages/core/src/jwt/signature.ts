import { constants, createHmac, KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { promisify } from 'node:util'
import type { CryptoKey } from 'jose'
import { type Algorithm, algorithmsNamed } from '../algorithms.ts'
import type { VerificationKey } from '../keys/key-roles.ts'

/** Checks a signature off the main thread. */
const verifyInBackground = promisify(verify) as (
  hash: string | null,
  input: Buffer,
  key: object,
  signature: Buffer,
) => Promise<boolean>

/** RFC 7518 §3.4: R and S, each of the length of the curve's order. */
const ecdsaLengths: Readonly<Record<string, number>> = { 'P-256': 64, 'P-384': 96, 'P-521': 132 }

const keyObjects = new WeakMap<CryptoKey, KeyObject>()

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
  const expected = createHmac(hashOf(row), keyObjectOf(key)).update(signingInput).digest()
  return mac.length === expected.length && timingSafeEqual(mac, expected)
}

async function isSignatureOf(
  row: Algorithm,
  key: CryptoKey,
  signingInput: Buffer,
  signature: Buffer,
): Promise<boolean> {
  const [curve = ''] = row.curves
  if (row.kty === 'EC' && signature.length !== ecdsaLengths[curve]) return false
  const hash = row.webCrypto.hash === undefined ? null : hashOf(row)
  return verifyInBackground(hash, signingInput, { key: keyObjectOf(key), ...paddingOf(row) }, signature)
}

function paddingOf({ kty, webCrypto }: Algorithm): object {
  if (kty === 'EC') return { dsaEncoding: 'ieee-p1363' }
  if (webCrypto.name !== 'RSA-PSS') return {}
  // RFC 7518 §3.5: the salt is as long as the hash.
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
}

function hashOf({ webCrypto: { hash = '' } }: Algorithm): string {
  return hash.replace('-', '').toLowerCase()
}

function keyObjectOf(key: CryptoKey): KeyObject {
  const keyObject = keyObjects.get(key) ?? KeyObject.from(key)
  keyObjects.set(key, keyObject)
  return keyObject
}
