import type { KeyObject, webcrypto as types } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { KeyUse } from '../../../algorithms.ts'
import { InvalidKeyError } from '../../../errors.ts'
import { webcrypto } from '../../../platform.ts'

type ToCryptoKey = (parameters: object, extractable: boolean, uses: readonly KeyUse[]) => CryptoKey

/**
 * Returns the key as Web Cryptography holds it. Node 20 does not have `toCryptoKey` and reads the key again. It reads a JWK in a
 * fraction of the time that it takes for DER.
 *
 * @throws InvalidKeyError if the runtime refuses the key
 */
export async function cryptoKeyOf(
  key: KeyObject & { readonly toCryptoKey?: ToCryptoKey },
  parameters: object,
  extractable: boolean,
  uses: readonly KeyUse[],
): Promise<CryptoKey> {
  try {
    if (key.toCryptoKey !== undefined) return key.toCryptoKey(parameters, extractable, [...uses])
    const jwk = key.export({ format: 'jwk' })
    return await webcrypto.subtle.importKey('jwk', jwk, parameters as types.Algorithm, extractable, [...uses])
  } catch {
    // The runtime's message may quote the key.
    throw new InvalidKeyError('material: the runtime refuses it: its parts do not belong together')
  }
}
