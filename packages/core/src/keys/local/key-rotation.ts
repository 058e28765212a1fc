import { EventEmitter } from 'node:events'
import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration, durationUpTo, positive } from '../../configuration/duration-options.ts'
import { defaulting, having, optional, readOptions, required, text } from '../../configuration/options.ts'
import { ConfigurationError } from '../../errors.ts'
import { callListeners } from '../../listeners.ts'
import type { KeyProvider } from '../key-provider.ts'
import type { KeyState } from '../key-ref.ts'

/** The keys that a {@link KeyRotation} can rotate. */
export interface RotatableKeys extends Pick<KeyProvider, 'rotateKey' | 'getKey' | 'listVersions'> {
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

/** A version has entered a state. */
export interface KeyStateChange {
  readonly kid: string
  readonly version: number
  readonly state: KeyState
}

/** The events of a {@link KeyRotation}. */
export interface KeyRotationEvents {
  keyPending: [KeyStateChange]
  keyActive: [KeyStateChange]
  keyRetired: [KeyStateChange]
  keyDestroyed: [KeyStateChange]
  /** A rotation was due and failed. The next look at the clock tries again. */
  rotationFailed: [unknown]
}

interface RotationPlan {
  readonly keys: RotatableKeys
  readonly kid: string
  readonly every: number
  readonly activateAfter: number
  readonly retainFor: number
  readonly clock: Clock
}

/** Moments are in milliseconds since the epoch. */
interface SeenVersion {
  readonly version: number
  readonly createdAt: number
  /** When the period of the rotation began: when the version was created, by a clock that may have been set back since. */
  readonly since: number
}

/** The numbers begin again if the store was emptied, or restored from a backup. */
function isLater(seen: SeenVersion, known: SeenVersion): boolean {
  return seen.version > known.version || seen.createdAt > known.createdAt
}

const eventOf: Readonly<Record<KeyState, Exclude<keyof KeyRotationEvents, 'rotationFailed'>>> = {
  pending: 'keyPending',
  active: 'keyActive',
  retired: 'keyRetired',
  destroyed: 'keyDestroyed',
}

/** The longest time between two looks at the clock, in milliseconds. A timer for the due time would be late after a sleep. */
const longestLook = 60_000

/**
 * Rotates a key without interruption: each version is published before it signs, and verifies until the tokens that it
 * signed have expired (OpenID Connect Core §10.1.1).
 *
 * ```ts
 * import { KeyRotation, LocalKeyProvider } from '@bearerkit/core'
 *
 * const keys = new LocalKeyProvider()
 * await keys.createKey({ alg: 'ES256', kid: 'orders' })
 * const rotation = new KeyRotation({ keys, kid: 'orders', every: '30d', longestTokenLifetime: '10m' })
 * rotation.on('keyActive', ({ version }) => console.log(`orders.${version} signs`))
 * await rotation.start()
 * ```
 */
export class KeyRotation extends EventEmitter<KeyRotationEvents> {
  readonly #plan: RotationPlan
  readonly #states = new Map<number, KeyState>()
  /** The version that was created last, of those that were seen. */
  #newest: SeenVersion | undefined
  #timer: NodeJS.Timeout | undefined
  #step: Promise<void> | undefined

  /** @throws ConfigurationError if valid tokens would be refused; names the inequality that does not hold */
  constructor(options: KeyRotationOptions) {
    super()
    this.#plan = readPlan(options)
  }

  /**
   * Starts rotating by the clock. Does not keep the process alive.
   *
   * @throws KeyNotFoundError if there is no such key
   */
  async start(): Promise<void> {
    const { keys, kid, every, retainFor } = this.#plan
    await keys.getKey(kid)
    await keys.retain(kid, `${retainFor}ms`)
    await this.advance()
    this.stop()
    this.#timer = setInterval(() => void this.advance(), Math.min(longestLook, every / 10)).unref()
  }

  /** Stops rotating. Published versions stay, and scheduled changes still take effect. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Does what is due now. Called by the timer. Tests, and hosts that freeze timers, can call it themselves. */
  advance(): Promise<void> {
    this.#step ??= this.#advance().finally(() => {
      this.#step = undefined
    })
    return this.#step
  }

  async #advance(): Promise<void> {
    const { keys, kid, every, activateAfter, retainFor, clock } = this.#plan
    try {
      const { version, since } = await this.#newestVersion()
      if (clock.now() - since >= every) {
        // Other instances rotate too. If one of them was faster, its version is used.
        const ifNewest = version
        await keys.rotateKey(kid, { activateAfter: `${activateAfter}ms`, retainFor: `${retainFor}ms`, ifNewest })
        await this.#newestVersion()
      }
      await this.#report()
    } catch (error) {
      this.#tell('rotationFailed', error)
    }
  }

  /**
   * Returns the newest version, and when the period began. After the clock was set back, a period begins anew. If a version
   * was destroyed, the next rotation is still due when that version would have been replaced.
   */
  async #newestVersion(): Promise<{ readonly version: number; readonly since: number }> {
    const { keys, kid, clock } = this.#plan
    const { version, createdAt } = await keys.getKey(kid)
    const known = this.#newest
    const seen = { version, createdAt: createdAt.getTime(), since: createdAt.getTime() }
    const latest = known === undefined || isLater(seen, known) ? seen : known
    this.#newest = { ...latest, since: Math.min(latest.since, clock.now()) }
    return { version, since: this.#newest.since }
  }

  async #report(): Promise<void> {
    const { keys, kid } = this.#plan
    const versions = await keys.listVersions(kid)
    for (const version of this.#states.keys()) {
      if (!versions.includes(version)) this.#enter(version, 'destroyed')
    }
    for (const version of versions) this.#enter(version, (await keys.getKey(kid, version)).state)
  }

  #enter(version: number, state: KeyState): void {
    if (this.#states.get(version) === state) return
    if (state === 'destroyed') this.#states.delete(version)
    else this.#states.set(version, state)
    this.#tell(eventOf[state], { kid: this.#plan.kid, version, state })
  }

  #tell<E extends keyof KeyRotationEvents>(event: E, detail: KeyRotationEvents[E][0]): void {
    callListeners(this, event, detail)
  }
}

/** The limit of `retainFor`, in milliseconds. */
const longestRetention = 30 * 24 * 60 * 60_000

function readPlan(options: KeyRotationOptions): RotationPlan {
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
  const signsLate = Math.max(0, (keys.longestUnaware ?? 0) - activateAfter)
  const { retainFor = Math.max(leastRetention, Math.min(leastRetention + signsLate, longestRetention)) } = read
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
