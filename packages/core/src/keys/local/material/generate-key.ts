import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Algorithm } from '../../../algorithms.ts'
import type { KeySpec } from '../../key-specification.ts'
import { keyPairType } from './key-fitness.ts'
import type { RawKey } from './key-material.ts'

const der = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
} as const

/**
 * Generates the pair as DER and not as key objects: in Node 20, exporting a newly generated key can deadlock with the
 * garbage collection of the job that generated it.
 */
const generatePair = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ publicKey: Buffer; privateKey: Buffer }>

/** Generates a key with the algorithm's minimum length and first curve, unless the specification gives others. */
export async function generateKey(row: Algorithm, { sizeBits, curve }: KeySpec): Promise<RawKey> {
  const bits = sizeBits ?? row.bits?.least ?? 0
  if (row.kty === 'oct') return { secret: randomBytes(bits / 8) }
  const namedCurve = curve ?? row.curves[0]
  const options = { ...der, modulusLength: bits, namedCurve }
  const { publicKey, privateKey } = await generatePair(keyPairType(row, namedCurve), options)
  return { spki: publicKey, pkcs8: privateKey, curve: namedCurve }
}
