import { createPrivateKey, createPublicKey, KeyObject, type webcrypto } from 'node:crypto'
import type { JWK } from 'jose'
import type { Algorithm, KeyUse } from '../../algorithms.ts'
import { InvalidKeyError } from '../../errors.ts'
import type { KeySpec } from '../key-provider.ts'
import { checkKeyObject, checkSecret, curveOf, rowFor } from './key-fitness.ts'
import { publicUses, type RawKey } from './key-material.ts'

/** A key from outside: a JWK, PEM (PKCS#8, SPKI or PKCS#1), Node's or Web Cryptography's own, or the bytes of a secret. */
export type ImportableKey = JWK | string | Uint8Array | KeyObject | webcrypto.CryptoKey

/** What came of an import: the key, the row of the table that it serves, and what it can be used for. */
export interface ImportedKey {
  readonly row: Algorithm
  readonly raw: RawKey
  readonly uses: readonly KeyUse[]
}

/**
 * Reads a key and holds it against the specification.
 *
 * @param publicKey the public half, where it comes apart from the private one: the two must belong together
 * @throws InvalidKeyError saying what does not fit: type, curve, strength, the two halves, or `use`, `key_ops` and `alg`
 * @throws UnsupportedAlgorithmError
 */
export function importKey(spec: KeySpec, material: ImportableKey, publicKey?: ImportableKey): ImportedKey {
  const key = read(material)
  const curve = key instanceof KeyObject ? curveOf(key) : undefined
  const row = rowFor(curve === undefined ? spec : { curve, ...spec })
  checkExportable(spec, material)
  const raw = row.kty === 'oct' ? importSecret(row, spec, key, publicKey) : importPair(row, spec, key, publicKey)
  return { row, raw, uses: usesOf(row, spec, raw, isJwk(material) ? material : {}) }
}

function importSecret(
  row: Algorithm,
  spec: KeySpec,
  key: KeyObject | Uint8Array,
  publicKey: ImportableKey | undefined,
): RawKey {
  if (publicKey !== undefined) throw new InvalidKeyError(`publicKey: ${row.alg} is symmetric`)
  if (key instanceof KeyObject && key.type !== 'secret')
    throw new InvalidKeyError(`material: a ${key.type} key, and ${row.alg} is symmetric`)
  const secret = key instanceof KeyObject ? key.export() : key
  checkSecret(row, spec, secret)
  return { secret }
}

function importPair(
  row: Algorithm,
  spec: KeySpec,
  key: KeyObject | Uint8Array,
  given: ImportableKey | undefined,
): RawKey {
  if (!(key instanceof KeyObject) || key.type === 'secret')
    throw new InvalidKeyError(`material: a symmetric key, and ${row.alg} takes a key pair`)
  checkKeyObject(row, spec, key)
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  if (given !== undefined) checkCounterpart(publicKey, read(given))
  return { publicKey, privateKey: key.type === 'private' ? key : undefined }
}

function checkCounterpart(publicKey: KeyObject, given: KeyObject | Uint8Array): void {
  if (!(given instanceof KeyObject) || given.type !== 'public') throw new InvalidKeyError('publicKey: not a public key')
  if (!given.equals(publicKey)) throw new InvalidKeyError('publicKey: not the public half of the material')
}

/** A CryptoKey that its owner made non-extractable does not become extractable by passing through here. */
function checkExportable({ exportPolicy }: KeySpec, material: ImportableKey): void {
  if (
    exportPolicy === 'secret-when-allowed' &&
    isCryptoKey(material) &&
    material.type !== 'public' &&
    !material.extractable
  ) {
    throw new InvalidKeyError('exportPolicy: the CryptoKey is not extractable')
  }
}

/** @throws InvalidKeyError if the key cannot be read; the reason stays out of it, for parsers quote what they read */
function read(material: ImportableKey): KeyObject | Uint8Array {
  if (material instanceof Uint8Array || material instanceof KeyObject) return material
  try {
    if (isCryptoKey(material)) return KeyObject.from(material)
    return typeof material === 'string' ? readPem(material) : readJwk(material)
  } catch (error) {
    if (error instanceof InvalidKeyError) throw error
    throw new InvalidKeyError('material: it cannot be read as a key')
  }
}

function isCryptoKey(material: ImportableKey): material is webcrypto.CryptoKey {
  return Object.prototype.toString.call(material) === '[object CryptoKey]'
}

function readPem(pem: string): KeyObject {
  if (/-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/.test(pem)) return createPrivateKey(pem)
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) return createPublicKey(pem)
  if (pem.includes('ENCRYPTED')) throw new InvalidKeyError('material: the PEM is encrypted: decrypt it first')
  throw new InvalidKeyError('material: the string is not PEM of a private or public key')
}

function readJwk(jwk: JWK): KeyObject | Uint8Array {
  if (jwk.kty === 'oct') {
    const secret = Buffer.from(String(jwk.k), 'base64url')
    if (secret.toString('base64url') !== jwk.k) throw new InvalidKeyError('material: `k` is not base64url')
    return secret
  }
  const isPrivate = jwk.d !== undefined || jwk.priv !== undefined
  return isPrivate ? createPrivateKey({ key: jwk, format: 'jwk' }) : createPublicKey({ key: jwk, format: 'jwk' })
}

function isJwk(material: ImportableKey): material is JWK {
  return (
    typeof material === 'object' &&
    !(material instanceof Uint8Array || material instanceof KeyObject || isCryptoKey(material))
  )
}

/**
 * What the key can be used for: what the specification names, and by default all that the algorithm, the halves at
 * hand and the JWK's own members allow. RFC 7517 §4.2–4.4: these must not contradict each other.
 */
function usesOf(
  row: Algorithm,
  spec: KeySpec,
  raw: RawKey,
  { alg, use, key_ops: operations }: Partial<JWK>,
): readonly KeyUse[] {
  if (alg !== undefined && alg !== row.alg && alg !== row.alias)
    throw new InvalidKeyError('alg: the JWK is for another algorithm')
  if (use !== undefined && use !== row.use) throw new InvalidKeyError('use: the JWK is for another use')
  const hasSecret = 'secret' in raw || raw.privateKey !== undefined
  const possible = row.uses.filter((one) => hasSecret || publicUses.has(one))
  const allowed = operations === undefined ? possible : allowedBy(operations, possible)
  const beyond = spec.uses?.find((one) => !allowed.includes(one))
  if (beyond !== undefined)
    throw new InvalidKeyError(`uses: the key cannot \`${beyond}\`, or its \`key_ops\` forbid it`)
  return spec.uses ?? allowed
}

function allowedBy(operations: readonly string[], possible: readonly KeyUse[]): readonly KeyUse[] {
  const isList = Array.isArray(operations) && new Set(operations).size === operations.length
  const allowed = isList ? possible.filter((one) => operations.includes(one)) : []
  if (allowed.length === 0) throw new InvalidKeyError('key_ops: the JWK is for other operations')
  return allowed
}
