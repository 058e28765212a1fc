import type { KeyObject } from 'node:crypto'
import { type Algorithm, algorithms, algorithmsNamed, type KeyUse } from '../../../algorithms.ts'
import { InvalidKeyError, UnsupportedAlgorithmError } from '../../../errors.ts'
import type { KeySpec } from '../../key-specification.ts'
import { type RsaParameters, rsaParametersOf } from './rsa-public-key.ts'
import { runtimeSupports } from './runtime-support.ts'

/** Maps the curve names of node:crypto to the `crv` values of JOSE. */
const curveNames: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/**
 * Returns the row of the algorithm table for a specification.
 *
 * @throws UnsupportedAlgorithmError if there is none, or the runtime does not support it
 * @throws InvalidKeyError if `curve`, `sizeBits` or `uses` do not fit the algorithm
 */
export function rowFor({ alg, curve, sizeBits, uses }: KeySpec): Algorithm {
  const rows = algorithmsNamed(alg)
  if (rows.length === 0) throw new UnsupportedAlgorithmError(`alg: ${JSON.stringify(alg)} is not a supported algorithm`)
  if (rows[0]?.isNodeOnly === true) throw new UnsupportedAlgorithmError(`alg: keys for ${alg} can only be remote`)
  const row = curve === undefined ? rows[0] : rows.find(({ curves }) => curves.includes(curve))
  if (row === undefined)
    throw new InvalidKeyError(`curve: ${alg} runs on ${listOf(rows.flatMap(({ curves }) => curves))}`)
  if (!runtimeSupports(row)) throw new UnsupportedAlgorithmError(`alg: this version of Node does not support ${alg}`)
  if (sizeBits !== undefined && !isSizeFor(row, sizeBits))
    throw new InvalidKeyError(`sizeBits: ${alg} takes ${sizesOf(row)}`)
  checkUses(row, uses)
  return row
}

function checkUses(row: Algorithm, uses: readonly KeyUse[] | undefined): void {
  if (uses === undefined) return
  if (!Array.isArray(uses) || uses.length === 0) throw new InvalidKeyError('uses: a key needs at least one use')
  const wrong = uses.filter((use) => !row.uses.includes(use))
  if (wrong.length > 0) throw new InvalidKeyError(`uses: a key for ${row.alg} can ${listOf(row.uses)}`)
}

function isSizeFor({ bits }: Algorithm, sizeBits: number): boolean {
  return bits !== undefined && sizeBits >= bits.least && sizeBits <= bits.most && sizeBits % 8 === 0
}

function sizesOf({ bits }: Algorithm): string {
  if (bits === undefined) return 'no size: its curve or its name decides'
  return bits.least === bits.most ? `${bits.least} bits` : `${bits.least} to ${bits.most} bits, in whole bytes`
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'no curve' : names.join(', ')
}

/**
 * Checks that secret bytes are a key for the algorithm.
 *
 * @throws InvalidKeyError with the reason
 */
export function checkSecret(row: Algorithm, { sizeBits }: KeySpec, secret: Uint8Array): void {
  const bits = secret.byteLength * 8
  if (row.bits !== undefined && bits < row.bits.least)
    throw new InvalidKeyError(`material: too weak: ${bits} bits, but ${row.alg} takes ${sizesOf(row)}`)
  if (!isSizeFor(row, bits)) throw new InvalidKeyError(`material: ${row.alg} takes ${sizesOf(row)}`)
  if (sizeBits !== undefined && sizeBits !== bits) throw new InvalidKeyError(`sizeBits: the material has ${bits} bits`)
}

/**
 * Checks that a public key fits the algorithm: its type, its curve and its strength.
 *
 * @throws InvalidKeyError with the reason
 */
export function checkKeyObject(row: Algorithm, { sizeBits }: KeySpec, key: KeyObject): void {
  const curve = curveOf(key)
  if (key.asymmetricKeyType !== keyPairType(row, curve))
    throw new InvalidKeyError(`material: ${row.alg} takes another type of key`)
  if (row.curves.length > 0 && !row.curves.includes(curve ?? ''))
    throw new InvalidKeyError(`material: ${row.alg} runs on another curve`)
  if (row.kty === 'RSA') checkRsa(row, sizeBits, rsaParametersOf(key))
}

/** Returns the JOSE name of a key's curve. */
export function curveOf(key: KeyObject): string | undefined {
  const type = key.asymmetricKeyType
  if (type === 'ec') return curveNames[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'another'
  return algorithms.flatMap(({ curves }) => curves).find((name) => name.toLowerCase() === type)
}

/** Returns the node:crypto type of the key pairs that an algorithm uses. */
export function keyPairType(row: Algorithm, curve: string | undefined): string {
  const types = { RSA: 'rsa', EC: 'ec', OKP: curve?.toLowerCase() ?? '', AKP: row.alg.toLowerCase(), oct: '' }
  return types[row.kty]
}

function checkRsa(
  row: Algorithm,
  sizeBits: number | undefined,
  { modulus, modulusLength, publicExponent }: RsaParameters,
): void {
  if (modulusLength < (row.bits?.least ?? 0))
    throw new InvalidKeyError(
      `material: too weak: a modulus of ${modulusLength} bits, but ${row.alg} takes ${sizesOf(row)}`,
    )
  if (modulusLength > (row.bits?.most ?? 0)) throw new InvalidKeyError(`material: ${row.alg} takes ${sizesOf(row)}`)
  // RFC 8017 §3.1: between 3 and the modulus. With the exponent 1, anyone who has the public key can sign.
  if (publicExponent < 3n || publicExponent >= modulus || publicExponent % 2n === 0n)
    throw new InvalidKeyError('material: too weak: the public exponent')
  if (sizeBits !== undefined && sizeBits !== modulusLength)
    throw new InvalidKeyError(`sizeBits: the material has ${modulusLength} bits`)
}
