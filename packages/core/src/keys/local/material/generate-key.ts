import type { KeyObject } from 'node:crypto'
import type { Algorithm } from '../../../algorithms.ts'
import { generateKeyPair, promisify, randomBytes } from '../../../platform.ts'
import type { KeySpec } from '../../key-specification.ts'
import { keyPairType } from './key-fitness.ts'
import type { RawKey } from './key-material.ts'

/**
 * Generates key objects in the thread pool. Not `generateKeyPairSync`: on Node 20, exporting such a key can deadlock with the
 * garbage collection of the job that generated it.
 */
const generatePair = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>

/** Generates a key with the algorithm's minimum length and first curve, unless the specification gives others. */
export async function generateKey(row: Algorithm, { sizeBits, curve }: KeySpec): Promise<RawKey> {
  const bits = sizeBits ?? row.bits?.least ?? 0
  if (row.kty === 'oct') return { secret: randomBytes(bits / 8) }
  const namedCurve = curve ?? row.curves[0]
  const pair = await generatePair(keyPairType(row, namedCurve), { modulusLength: bits, namedCurve })
  return { ...pair, curve: namedCurve }
}
