import { KeyNotFoundError, KeyStoreUnavailableError } from '../../../../src/errors.ts'
import { TokenIssuer } from '../../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../../src/token-verifier.ts'
import { KeyRotation } from '../../../../src/keys/local/key-rotation.ts'
import { StoredKeyProvider } from '../../../../src/keys/stored/stored-key-provider.ts'
import { audience, issuer } from '../../../support/foreign-issuer.ts'
import type { Instance } from './instance.ts'
import { clockSkew, type FleetPlan, longestBackOff, newsBound, pollInterval, requestTimeout } from './plan.ts'
import { type SimulatedStore, StoreConnection } from './world/simulated-store.ts'
import type { Sleeper, VirtualTime } from './world/virtual-time.ts'

export const kid = 'orders'

export interface ProcessSettings {
  readonly instance: Instance
  readonly plan: FleetPlan
  readonly store: SimulatedStore
  readonly time: VirtualTime
  readonly encryptionKeys: readonly Uint8Array[]
  /** Called with what must not happen. */
  readonly fail: (error: unknown) => void
}

/** One run of the service on an instance, from its start to its end. */
export class ServiceProcess implements Sleeper {
  readonly instance: Instance
  readonly #settings: ProcessSettings
  readonly connection: StoreConnection
  isSuspended = false
  isReady = false
  /** Since when it is awake and the way to the store is not troubled. Infinity: it is troubled. */
  steadySince: number
  /** Since when no notification was lost. */
  newsSince: number
  /** When it was last suspended, and resumed. */
  sleptAt = -Infinity
  wokeAt = -Infinity
  readyAt = Infinity
  resetReported = -Infinity
  /** The ids of the records that it could not read. */
  readonly setAside = new Set<string>()
  /** When it last served a JWKS without a key. */
  readonly lacking = new Map<string, number>()
  keys!: StoredKeyProvider
  tokens!: TokenIssuer
  verifier!: TokenVerifier
  rotation!: KeyRotation

  constructor(settings: ProcessSettings) {
    const { instance, store, time, plan } = settings
    this.instance = instance
    this.#settings = settings
    this.steadySince = instance.isTroubled ? Infinity : time.now
    this.newsSince = Infinity
    const { random } = instance
    this.connection = new StoreConnection({ store, time, instance, process: this, random, tellsNews: plan.tellsNews })
  }

  /** Starts the service. Like any service, it tries again while the store is down. */
  async start(): Promise<void> {
    const { time } = this.#settings
    this.keys = await this.#untilAvailable(() => this.#open())
    this.#listen()
    await this.#publish()
    await this.#untilAvailable(async () => {
      await this.keys.ensureKey({ alg: 'Ed25519', kid })
      await this.rotation.start()
    })
    this.isReady = true
    this.steadySince = this.instance.isTroubled ? Infinity : time.now
    this.newsSince = this.instance.isDeaf ? Infinity : time.now
    this.readyAt = time.now
  }

  async #publish(): Promise<void> {
    const { published, servedUntil } = this.instance
    const { keys } = await this.keys.publishedJwks()
    const refs = await Promise.all(keys.map(({ kid: name }) => this.keys.getKey(String(name))))
    this.instance.published = new Map(
      refs.map(({ fingerprint }) => [fingerprint, published.get(fingerprint) ?? servedUntil]),
    )
  }

  suspend(): void {
    this.isSuspended = true
    this.sleeps()
  }

  resume(): void {
    this.isSuspended = false
    this.wakes()
  }

  /** It stops serving. If it woke a moment ago, and has not read the store since, it has not served since. */
  sleeps(): void {
    if (this.#hasRead) this.sleptAt = this.#settings.time.now
    if (this.isReady) this.instance.servedUntil = Math.max(this.sleptAt, ...this.lacking.values())
  }

  /** Since it woke. */
  get #hasRead(): boolean {
    return (this.connection.readAt ?? -Infinity) >= this.wokeAt
  }

  wakes(): void {
    this.wokeAt = this.#settings.time.now
    if (this.steadySince < Infinity) this.steadySince = this.wokeAt
  }

  /** Ends like a process that gets SIGTERM, or SIGKILL. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { store, time } = this.#settings
    if (!this.isSuspended) this.sleeps()
    if (signal === 'SIGTERM') {
      this.rotation.stop()
      await this.keys.close()
    }
    this.isReady = false
    this.isSuspended = true
    time.kill(this)
    store.disconnect(this.connection)
  }

  /** By when it must know of a change of the store. */
  knowsBy(change: number): number {
    const { steadySince, newsSince } = this
    // The first reads after an outage are spread over a poll interval.
    const spread = (this.connection.readAt ?? -Infinity) >= steadySince ? 0 : pollInterval
    if (this.connection.isWatching && newsSince <= change && steadySince <= change) return change + newsBound + spread
    if (steadySince + longestBackOff + pollInterval <= change) return change + pollInterval
    return Math.max(change, steadySince) + longestBackOff + 2 * pollInterval
  }

  /** How old its copy of the store is, in milliseconds. */
  get age(): number {
    return this.#settings.time.now - (this.connection.readAt ?? -Infinity)
  }

  /** Whether it was suspended since the last read. It may then read the store before it signs. */
  get isOverdue(): boolean {
    return this.age > pollInterval + 2 * requestTimeout - 100
  }

  /** Whether it must serve, may not, or either: its clock drifts. */
  get service(): 'must' | 'may' | 'must not' {
    const left = this.#settings.plan.staleIfError + pollInterval - this.age
    if (left < -clockSkew) return 'must not'
    return left > clockSkew ? 'must' : 'may'
  }

  /** Until when its JWKS lacked a key that it has not read yet, or reads now. */
  lackedUntil(thumbprint: string): number {
    const { now } = this.#settings.time
    // What it served after it woke, and before it read the store, is in `lacking`.
    const isJustWoken = now - this.wokeAt < 2500
    return isJustWoken ? Math.max(this.sleptAt, this.lacking.get(thumbprint) ?? -Infinity) : now
  }

  #open(): Promise<StoredKeyProvider> {
    const { instance, encryptionKeys, plan } = this.#settings
    return StoredKeyProvider.open({
      store: this.connection,
      encryptionKeys,
      staleIfError: `${plan.staleIfError}ms`,
      clock: instance,
      random: instance.random.fork().next,
    })
  }

  #listen(): void {
    const { instance, plan, time } = this.#settings
    const { keys } = this
    keys.on('keyAdded', ({ thumbprint }) => instance.published.set(thumbprint, this.lackedUntil(thumbprint)))
    keys.on('keyRemoved', ({ thumbprint }) => instance.published.delete(thumbprint))
    keys.on('recordSetAside', ({ id }) => this.setAside.add(id))
    keys.on('storeReset', () => (this.resetReported = time.now))
    this.tokens = new TokenIssuer({ keys, issuer, audience, clock: instance, expiresIn: `${plan.tokenLifetime}ms` })
    this.verifier = new TokenVerifier({ keys, issuer, audience, clock: instance, clockTolerance: '6s' })
    this.rotation = new KeyRotation({
      keys,
      kid,
      every: `${plan.every}ms`,
      jwksMaxAge: `${plan.jwksMaxAge}ms`,
      verifierCache: `${plan.verifierCache}ms`,
      longestTokenLifetime: `${plan.tokenLifetime}ms`,
      clock: instance,
    })
    this.rotation.on('rotationFailed', (error) => this.#mayFail(error))
  }

  #mayFail(error: unknown): void {
    if (error instanceof KeyStoreUnavailableError || error instanceof KeyNotFoundError) return
    this.#settings.fail(error)
  }

  async #untilAvailable<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        this.#mayFail(error)
        await this.#settings.time.wait(this.instance.random.between(1000, 5000), this)
      }
    }
  }
}
