import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration, durationUpTo, positive } from '../../configuration/duration-options.ts'
import { defaulting, having, optional, readOptions, required, text } from '../../configuration/options.ts'
import { ConfigurationError } from '../../errors.ts'
import type { KeyProvider } from '../key-provider.ts'
import { retainedForLateSigners } from './late-signers.ts'

/** The keys that a `KeyRotation` can rotate. */
export interface RotatableKeys extends Pick<KeyProvider, 'rotateKey' | 'getKey' | 'listVersions'> {
  /** Sets how long versions of a key still verify once they have retired. */
  retain(kid: string, retainFor: Duration): void | Promise<void>
  /**
   * The longest time, in milliseconds, until all instances that share the keys know of a new version. Left out if the keys
   * are not shared.
   */
  readonly knownEverywhereAfter?: number
  /**
   * The longest time, in milliseconds, for which an instance may sign without knowing of a new version, because it cannot
   * reach the others or was suspended. Left out if the keys are not shared.
   */
  readonly longestUnaware?: number
}

/** The options of `KeyRotation`. */
export interface KeyRotationOptions {
  keys: RotatableKeys
  /** The key to rotate. It must exist. */
  kid: string
  /** The time between two new versions. Default `'30d'`. */
  every?: Duration
  /**
   * How long a new version is published before it signs. Default and minimum: `jwksMaxAge` plus `verifierCache`, and for keys
   * in a store also their `pollInterval` and `clockSkew`.
   */
  activateAfter?: Duration
  /**
   * How long a version verifies after it last signed. Minimum: `longestTokenLifetime` plus `clockSkew`. Default: the minimum,
   * and for keys in a store also the time for which an instance may sign with the version after the next one has become
   * active, because it cannot reach the store. That is their `staleIfError`, if it is longer than `activateAfter`.
   */
  retainFor?: Duration
  /** How long HTTP caches may keep the JWKS: the `maxAge` of its endpoint. Default `'5m'`. */
  jwksMaxAge?: Duration
  /** How long verifiers may cache the keys. Default `'1h'`. */
  verifierCache?: Duration
  /** The longest `expiresIn` of the tokens that the key signs. Default `'1h'`. */
  longestTokenLifetime?: Duration
  /** The largest difference between the clocks of the issuer and of the verifiers. Default `'1m'`. */
  clockSkew?: Duration
  /** Default: the system clock. */
  clock?: Clock
}

/** Durations are in milliseconds. */
export interface RotationPlan {
  readonly keys: RotatableKeys
  readonly kid: string
  readonly every: number
  readonly activateAfter: number
  readonly retainFor: number
  readonly clock: Clock
}

/** @throws ConfigurationError if valid tokens would be refused; names the inequality that does not hold */
export function readRotationOptions(options: KeyRotationOptions): RotationPlan {
  const read = readOptions<RotationOptionsRead>('KeyRotation', options, {
    keys: required(having<RotatableKeys>('rotateKey')),
    kid: required(text),
    every: defaulting(positive(durationUpTo(366)), 30 * 24 * 60 * 60_000),
    activateAfter: optional(durationUpTo(30)),
    retainFor: optional(durationUpTo(30)),
    jwksMaxAge: defaulting(duration, 5 * 60_000),
    verifierCache: defaulting(duration, 60 * 60_000),
    longestTokenLifetime: defaulting(durationUpTo(30), 60 * 60_000),
    clockSkew: defaulting(duration, 60_000),
    clock: defaulting(having<Clock>('now'), systemClock),
  })
  const spreadsIn = read.keys.knownEverywhereAfter ?? 0
  const leastActivation = read.jwksMaxAge + read.verifierCache + spreadsIn
  const leastRetention = read.longestTokenLifetime + read.clockSkew
  const { keys, kid, every, clock, activateAfter = leastActivation } = read
  const announcement = { activateAfter, longestUnaware: keys.longestUnaware ?? 0 }
  const { retainFor = retainedForLateSigners(leastRetention, announcement) } = read
  mustHold(
    activateAfter >= leastActivation,
    'activateAfter',
    spreadsIn === 0
      ? 'activateAfter >= jwksMaxAge + verifierCache'
      : `activateAfter >= jwksMaxAge + verifierCache + ${spreadsIn / 1000} s, in which all instances learn of a version,`,
    'verifiers would receive tokens of a key that they do not know',
  )
  mustHold(
    retainFor >= leastRetention,
    'retainFor',
    'retainFor >= longestTokenLifetime + clockSkew',
    'tokens would outlive the key that verifies them',
  )
  mustHold(every > activateAfter, 'every', 'every > activateAfter', 'a key would be replaced before it signs')
  return { keys, kid, every, activateAfter, retainFor, clock }
}

/** Durations are in milliseconds. */
interface RotationOptionsRead {
  readonly keys: RotatableKeys
  readonly kid: string
  readonly every: number
  readonly activateAfter: number | undefined
  readonly retainFor: number | undefined
  readonly jwksMaxAge: number
  readonly verifierCache: number
  readonly longestTokenLifetime: number
  readonly clockSkew: number
  readonly clock: Clock
}

function mustHold(holds: boolean, option: string, inequality: string, otherwise: string): void {
  if (!holds)
    throw new ConfigurationError(`KeyRotation: option \`${option}\`: ${inequality} does not hold: ${otherwise}`, option)
}
