import { callListeners } from '../../listeners.ts'
import { EventEmitter } from '../../platform.ts'
import type { KeyState } from '../key-ref.ts'
import { type KeyRotationOptions, readRotationOptions, type RotationPlan } from './key-rotation-options.ts'

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
    this.#plan = readRotationOptions(options)
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
