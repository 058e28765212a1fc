import { generateKeyPairSync, getCiphers, getCurves, getHashes } from 'node:crypto'
import { type Algorithm, algorithms, type KeyType } from '../../../algorithms.ts'

/** What a provider supports on this runtime. */
export interface Support {
  readonly classes: readonly ('symmetric' | 'asymmetric')[]
  /** JOSE names. */
  readonly algorithms: readonly string[]
  readonly features: readonly string[]
}

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

/** Returns true if this build and configuration of Node support a row of the table. */
const runs: Readonly<Record<KeyType, (row: Algorithm) => boolean>> = {
  oct: (row) => (row.use === 'sig' ? hasHash(row) : hasCipher(row)),
  RSA: (row) => hasHash(row),
  EC: (row) => row.curves.some((curve) => getCurves().includes(curveNames[curve] ?? '')),
  OKP: (row) => row.curves.some((curve) => canGenerate(curve.toLowerCase())),
  AKP: (row) => canGenerate(row.alg.toLowerCase()),
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

const known = new Map<Algorithm, boolean>()

/** Returns true if the runtime supports the algorithm. Checked once per algorithm. */
export function runtimeSupports(row: Algorithm): boolean {
  const supported = known.get(row) ?? runs[row.kty](row)
  known.set(row, supported)
  return supported
}

/** Returns the algorithms of the table that the runtime supports with local keys. */
export function supportedAlgorithms(): { classes: Support['classes']; algorithms: readonly string[] } {
  const rows = algorithms.filter((row) => row.isNodeOnly !== true && runtimeSupports(row))
  const classes = rows.map((row) => (row.kty === 'oct' ? 'symmetric' : 'asymmetric'))
  return { classes: [...new Set(classes)], algorithms: [...new Set(rows.map((row) => row.alg))] }
}

/** Returns the algorithms that the runtime supports only for verification with remote keys. */
export function remoteOnlyAlgorithms(): readonly string[] {
  return algorithms.filter((row) => row.isNodeOnly === true && runtimeSupports(row)).map(({ alg }) => alg)
}
