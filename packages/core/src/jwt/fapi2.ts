import { ConfigurationError } from '../errors.ts'
import type { DpopSettings } from './binding/dpop-options.ts'
import type { MtlsSettings } from './binding/mtls-options.ts'

/** The algorithms of the FAPI 2.0 Security Profile, §5.4.1, for tokens and for proofs. `EdDSA` means Ed25519. */
export const fapi2Algorithms: readonly string[] = ['PS256', 'ES256', 'Ed25519', 'EdDSA']

/** §5.3.2.1: an `iat` or `nbf` up to 10 seconds ahead must be accepted, and one over 60 seconds ahead be refused. */
export const fapi2Tolerance = { least: 10_000, most: 60_000 } as const

interface Fapi2Settings {
  readonly tokenSource: unknown
  readonly dpop: DpopSettings | undefined
  readonly mtls: MtlsSettings | undefined
}

/**
 * Applies what the FAPI 2.0 Security Profile requires of a resource server, apart from the rules for tokens: §5.3.3. With
 * both mechanisms on, a token may be bound by either. With one, every token must be bound by it.
 *
 * @throws ConfigurationError if an option contradicts the profile
 */
export function withFapi2<T extends Fapi2Settings>(settings: T, owner: string): T {
  const { tokenSource, dpop, mtls } = settings
  if (tokenSource !== undefined)
    throw contradiction(owner, 'tokenSource', 'cannot be set: tokens come in the header alone')
  if (dpop === undefined && mtls === undefined) throw contradiction(owner, 'dpop', 'or `mtls` must be switched on')
  return {
    ...settings,
    dpop: dpop && { ...proofRules(dpop, owner), required: dpop.required || mtls === undefined },
    mtls: mtls && { ...mtls, required: mtls.required || dpop === undefined },
  }
}

function proofRules(dpop: DpopSettings, owner: string): DpopSettings {
  const algorithms = dpop.algorithms.filter((alg) => fapi2Algorithms.includes(alg))
  if (algorithms.length === 0)
    throw contradiction(owner, 'dpop', `must accept at least one of the algorithms ${fapi2Algorithms.join(', ')}`)
  // In seconds.
  return { ...dpop, algorithms, clockTolerance: Math.max(dpop.clockTolerance, fapi2Tolerance.least / 1000) }
}

function contradiction(owner: string, option: string, sentence: string): ConfigurationError {
  return new ConfigurationError(`${owner}: option \`${option}\` ${sentence} with the profile fapi2`, option)
}
