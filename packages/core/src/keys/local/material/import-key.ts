import type { JWK } from 'jose'
import type { Algorithm, KeyUse } from '../../../algorithms.ts'
import { InvalidKeyError } from '../../../errors.ts'
import { createPublicKey, KeyObject } from '../../../platform.ts'
import type { KeySpec } from '../../key-specification.ts'
import { encodingOfKey } from './encoded-key.ts'
import { checkKeyObject, checkSecret, curveOf, rowFor } from './key-fitness.ts'
import { type ImportableKey, isCryptoKey, isJwk, readKey } from './read-key.ts'
import { publicUses, type RawKey } from './key-material.ts'
import { rsaParametersOf } from './rsa-public-key.ts'

/** A key, its row in the algorithm table, and its uses. */
export interface RawKeyFor {
  readonly row: Algorithm
  readonly raw: RawKey
  readonly uses: readonly KeyUse[]
}

/** The result of an import. */
export interface ImportedKey extends RawKeyFor {
  readonly curve: string | undefined
  readonly sizeBits: number | undefined
}

/**
 * Reads a key and checks it against the specification.
 *
 * @param publicKey the public half, if it is given separately; the two halves must belong together
 * @throws InvalidKeyError with the reason: type, curve, strength, the two halves, or `use`, `key_ops` and `alg`
 * @throws UnsupportedAlgorithmError
 */
export function importKey(spec: KeySpec, material: ImportableKey, publicKey?: ImportableKey): ImportedKey {
  const key = readKey(material)
  const curve = key instanceof KeyObject ? curveOf(key) : undefined
  const row = rowFor({ ...spec, curve: spec.curve ?? curve })
  if (spec.curve !== undefined && curve !== spec.curve)
    throw new InvalidKeyError('curve: the material is on another curve')
  checkCryptoKey(row, spec, material)
  const imported = row.kty === 'oct' ? importSecret(row, spec, key, publicKey) : importPair(row, spec, key, publicKey)
  return { row, curve, ...imported, uses: usesOf(row, spec, imported.raw, isJwk(material) ? material : {}) }
}

type Imported = Pick<ImportedKey, 'raw' | 'sizeBits'>

function importSecret(
  row: Algorithm,
  spec: KeySpec,
  key: KeyObject | Uint8Array,
  publicKey: ImportableKey | undefined,
): Imported {
  if (publicKey !== undefined) throw new InvalidKeyError(`publicKey: ${row.alg} is symmetric`)
  if (key instanceof KeyObject && key.type !== 'secret') {
    throw new InvalidKeyError(`material: a ${key.type} key, but ${row.alg} is symmetric`)
  }
  const secret = key instanceof KeyObject ? key.export() : key
  const encoding = encodingOfKey(secret)
  if (encoding !== undefined)
    throw new InvalidKeyError(
      `material: the bytes are ${encoding}, which is not a secret for ${row.alg} (RFC 8725 §2.1)`,
    )
  checkSecret(row, spec, secret)
  return { raw: { secret }, sizeBits: secret.byteLength * 8 }
}

function importPair(
  row: Algorithm,
  spec: KeySpec,
  key: KeyObject | Uint8Array,
  given: ImportableKey | undefined,
): Imported {
  if (!(key instanceof KeyObject) || key.type === 'secret') {
    throw new InvalidKeyError(`material: a symmetric key, but ${row.alg} takes a key pair`)
  }
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  checkKeyObject(row, spec, publicKey)
  if (given !== undefined) checkCounterpart(publicKey, readKey(given))
  const privateKey = key.type === 'private' ? key : undefined
  const sizeBits = row.kty === 'RSA' ? rsaParametersOf(publicKey).modulusLength : undefined
  return { raw: { publicKey, privateKey, curve: curveOf(publicKey) }, sizeBits }
}

function checkCounterpart(publicKey: KeyObject, given: KeyObject | Uint8Array): void {
  if (!(given instanceof KeyObject) || given.type !== 'public') throw new InvalidKeyError('publicKey: not a public key')
  // Types are compared first: comparing keys of different types leaves an error in OpenSSL, which the next call would
  // report.
  const isSameType = given.asymmetricKeyType === publicKey.asymmetricKeyType
  if (!isSameType || !given.equals(publicKey))
    throw new InvalidKeyError('publicKey: not the public half of the material')
}

/** A CryptoKey has a fixed algorithm and is extractable or not. An import cannot change either. */
function checkCryptoKey(row: Algorithm, { exportPolicy }: KeySpec, material: ImportableKey): void {
  if (!isCryptoKey(material)) return
  const { name, hash } = material.algorithm as { name: string; hash?: { name: string } }
  if (name !== row.webCrypto.name || (hash !== undefined && hash.name !== row.webCrypto.hash)) {
    throw new InvalidKeyError(`material: the CryptoKey is for another algorithm than ${row.alg}`)
  }
  if (exportPolicy === 'secret-when-allowed' && material.type !== 'public' && !material.extractable) {
    throw new InvalidKeyError('exportPolicy: the CryptoKey is not extractable')
  }
}

/**
 * Returns the uses of the key: those in the specification, or by default all that the algorithm, the available halves
 * and the JWK's own members allow. RFC 7517 §4.2–4.4: these must not contradict each other.
 */
function usesOf(row: Algorithm, spec: KeySpec, raw: RawKey, jwk: Partial<JWK>): readonly KeyUse[] {
  const { alg, use, key_ops: operations } = jwk
  if (alg !== undefined && alg !== row.alg && alg !== row.alias) {
    throw new InvalidKeyError('alg: the JWK is for another algorithm')
  }
  if (use !== undefined && use !== row.use) throw new InvalidKeyError('use: the JWK is for another use')
  const hasSecret = 'secret' in raw || raw.privateKey !== undefined
  const possible = row.uses.filter((one) => hasSecret || publicUses.has(one))
  const allowed = operations === undefined ? possible : allowedBy(operations, possible, row, use)
  const beyond = spec.uses?.find((one) => !allowed.includes(one))
  if (beyond !== undefined)
    throw new InvalidKeyError(`uses: the key cannot \`${beyond}\`, or its \`key_ops\` forbid it`)
  return spec.uses ?? allowed
}

function allowedBy(
  operations: readonly string[],
  possible: readonly KeyUse[],
  row: Algorithm,
  use: string | undefined,
): readonly KeyUse[] {
  const isList = Array.isArray(operations) && new Set(operations).size === operations.length
  const allowed = isList ? possible.filter((one) => operations.includes(one)) : []
  if (allowed.length === 0) throw new InvalidKeyError('key_ops: the JWK is for other operations')
  if (use !== undefined && !operations.every((one) => row.uses.includes(one as KeyUse))) {
    throw new InvalidKeyError('key_ops: the JWK contradicts its own `use`')
  }
  return allowed
}
