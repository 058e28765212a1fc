import { type Algorithm, algorithms } from '../../../algorithms.ts'
import { platformSupports } from '../../../platform.ts'

/** What a provider supports on this runtime. */
export interface Support {
  readonly classes: readonly ('symmetric' | 'asymmetric')[]
  /** JOSE names. */
  readonly algorithms: readonly string[]
  readonly features: readonly string[]
}

const known = new Map<Algorithm, boolean>()

/** Returns true if the runtime supports the algorithm. Checked once per algorithm. */
export function runtimeSupports(row: Algorithm): boolean {
  const supported = known.get(row) ?? platformSupports(row)
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
