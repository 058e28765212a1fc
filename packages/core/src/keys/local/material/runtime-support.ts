import { generateKeyPairSync, getCiphers, getCurves, getHashes } from 'node:crypto'
import { type Algorithm, algorithms, type KeyType } from '../../../algorithms.ts'

/** What a provider can do, here and now. */
export interface Support {
  readonly classes: readonly ('symmetric' | 'asymmetric')[]
  /** JOSE names. */
  readonly algorithms: readonly string[]
  readonly features: readonly string[]
}

/** The node:crypto names of what the JOSE names stand for. */
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

/** Whether this build of Node, as it is configured, has what a row of the table needs. */
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

/** Node has no list of these: generating one is the question, and costs a fraction of a millisecond. */
function canGenerate(type: string): boolean {
  try {
    generateKeyPairSync(type as 'ed25519')
    return true
  } catch {
    return false
  }
}

const known = new Map<Algorithm, boolean>()

/** Whether the runtime can do the algorithm. Asked once. */
export function runtimeSupports(row: Algorithm): boolean {
  const supported = known.get(row) ?? runs[row.kty](row)
  known.set(row, supported)
  return supported
}

/** The algorithms of the table that the runtime can do with keys of one's own. */
export function supportedAlgorithms(): { classes: Support['classes']; algorithms: readonly string[] } {
  const rows = algorithms.filter((row) => row.isNodeOnly !== true && runtimeSupports(row))
  const classes = rows.map((row) => (row.kty === 'oct' ? 'symmetric' : 'asymmetric'))
  return { classes: [...new Set(classes)], algorithms: [...new Set(rows.map((row) => row.alg))] }
}

/** The algorithms by which the runtime can verify with remote keys alone. */
export function remoteOnlyAlgorithms(): readonly string[] {
  return algorithms.filter((row) => row.isNodeOnly === true && runtimeSupports(row)).map(({ alg }) => alg)
}
