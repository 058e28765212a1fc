import { generateKeyPairSync, getCiphers, getCurves, getHashes } from 'node:crypto'
import type { Algorithm, KeyType } from '../../algorithms.ts'

/** Maps JOSE names to node:crypto names. */
const curveNames: Readonly<Record<string, string>> = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
  secp256k1: 'secp256k1',
}
const hashNames: Readonly<Record<string, string>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

const supports: Readonly<Record<KeyType, (row: Algorithm) => boolean>> = {
  oct: (row) => (row.use === 'sig' ? hasHash(row) : hasCipher(row)),
  RSA: (row) => hasHash(row),
  EC: (row) => row.curves.some((curve) => getCurves().includes(curveNames[curve] ?? '')),
  OKP: (row) => row.curves.some((curve) => canGenerate(curve.toLowerCase())),
  AKP: (row) => canGenerate(row.alg.toLowerCase()),
}

/** Returns true if this build and configuration of Node support a row of the table of algorithms. */
export function platformSupports(row: Algorithm): boolean {
  return supports[row.kty](row)
}

function hasHash({ webCrypto: { hash } }: Algorithm): boolean {
  return hash === undefined || getHashes().includes(hashNames[hash] ?? '')
}

function hasCipher({ webCrypto: { name }, bits }: Algorithm): boolean {
  const cipher = name === 'AES-KW' ? `aes${bits?.least}-wrap` : `aes-${bits?.least}-gcm`
  return getCiphers().includes(cipher)
}

/** Generates a key to find out: Node has no list of these types. It costs a fraction of a millisecond. */
function canGenerate(type: string): boolean {
  try {
    generateKeyPairSync(type as 'ed25519')
    return true
  } catch {
    return false
  }
}
