import type { Algorithm } from '../../algorithms.ts'

/**
 * Returns true if a runtime with Web Cryptography supports a row of the table of algorithms. It cannot be asked without a
 * promise. A key of an algorithm that it lacks after all is skipped when it is imported.
 */
export function platformSupports({ kty, isNodeOnly }: Algorithm): boolean {
  // Few runtimes have ML-DSA yet.
  return isNodeOnly !== true && kty !== 'AKP'
}
