import { setTimeout as pause } from 'node:timers/promises'
import {
  type Clock,
  type KeyRef,
  KeyRotation,
  type KeyRotationOptions,
  type RotationOptions,
  type StoredKeyEvents,
  StoredKeyProvider,
  type StoredKeyProviderOptions,
  TokenIssuer,
  TokenVerifier,
} from '@bearerkit/core'
import { answerCalls, tell } from './calls.ts'
import { openStore, type StoreOfService } from './store-of-service.ts'

export interface ServiceOptions extends Pick<
  StoredKeyProviderOptions,
  'pollInterval' | 'requestTimeout' | 'staleIfError' | 'clockSkew'
> {
  readonly store: StoreOfService
  /** base64url. */
  readonly encryptionKeys: string[]
  /** How far its clock is ahead, in milliseconds. */
  readonly clockOffset?: number
}

/** What a rotation has made. */
export interface SeenVersion {
  readonly version: number
  readonly createdAt: number
  readonly fingerprint: string
}

export const issuer = 'https://issuer.example.com'
export const audience = 'https://api.example.com'
const kid = 'orders'

const reported = [
  'keyAdded',
  'keyRemoved',
  'recordSetAside',
  'storeUnavailable',
  'storeReset',
  'refreshed',
  'refreshFailed',
] as const satisfies readonly (keyof StoredKeyEvents)[]

/** An instance of a service, in a process of its own. Its methods are called by the test, in another process. */
export class Service {
  readonly #keys: StoredKeyProvider
  readonly #clock: Clock
  readonly #tokens: TokenIssuer
  readonly #verifier: TokenVerifier
  readonly #seen = new Map<number, SeenVersion>()
  readonly #disconnect: () => unknown

  private constructor(keys: StoredKeyProvider, clock: Clock, disconnect: () => unknown) {
    this.#keys = keys
    this.#clock = clock
    this.#disconnect = disconnect
    this.#tokens = new TokenIssuer({ keys, issuer, audience, clock, kid, expiresIn: '2s' })
    this.#verifier = new TokenVerifier({ keys, issuer, audience, clock })
    for (const event of reported) keys.on(event, () => tell(event))
    keys.on('keyAdded', () => void this.#look())
  }

  static async open({ store, clockOffset = 0, ...options }: ServiceOptions): Promise<Service> {
    const clock = { now: () => Date.now() + clockOffset, monotonic: () => performance.now() }
    const { opened, disconnect } = await openStore(store)
    const keys = await StoredKeyProvider.open({ ...options, store: opened, clock })
    return new Service(keys, clock, disconnect)
  }

  async ensureKey(): Promise<string> {
    return (await this.#keys.ensureKey({ alg: 'ES256', kid })).fingerprint
  }

  issue(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => this.#tokens.issue({ sub: `user-${index}` })))
  }

  /** Answers why tokens were refused. */
  async verify(tokens: readonly string[]): Promise<string[]> {
    const outcomes = await Promise.all(
      tokens.map((token) =>
        this.#verifier.verify(token).then(
          () => [],
          (error: unknown) => [reasonOf(error)],
        ),
      ),
    )
    return outcomes.flat()
  }

  async rotateKey(options: RotationOptions): Promise<number> {
    return (await this.#keys.rotateKey(kid, options)).version
  }

  destroyKey(version?: number): Promise<boolean> {
    return this.#keys.destroyKey(kid, version)
  }

  refresh(): Promise<void> {
    return this.#keys.refresh()
  }

  async reencrypt(): Promise<number> {
    return this.#keys.reencrypt()
  }

  async health(): Promise<{ state: string; setAside: number; versions: number[]; encryptions: number }> {
    const { state, setAside, encryptedWith } = this.#keys.health()
    const versions = await this.#keys.listVersions(kid)
    const encryptions = Object.values(encryptedWith).filter((count) => count > 0).length
    return { state, setAside: setAside.length, versions, encryptions }
  }

  /** Rotates by its clock, and issues a token every so many milliseconds, which the test passes on. */
  async run(plan: Omit<KeyRotationOptions, 'keys' | 'kid'>, interval: number): Promise<void> {
    const rotation = new KeyRotation({ keys: this.#keys, kid, clock: this.#clock, ...plan })
    rotation.on('rotationFailed', (error) => tell('rotationFailed', reasonOf(error)))
    await rotation.start()
    void this.#issueFrom(interval)
  }

  seen(): SeenVersion[] {
    return [...this.#seen.values()]
  }

  async close(): Promise<void> {
    await this.#keys.close()
    await this.#disconnect()
  }

  async #issueFrom(interval: number): Promise<never> {
    for (;;) {
      await this.issue(1).then(
        (tokens) => tell('issued', tokens),
        (error: unknown) => tell('notIssued', reasonOf(error)),
      )
      await pause(interval)
    }
  }

  async #look(): Promise<void> {
    for (const version of await this.#keys.listVersions(kid)) {
      const ref: KeyRef | undefined = await this.#keys.getKey(kid, version).catch(() => undefined)
      if (ref === undefined) continue
      const { createdAt, fingerprint } = ref
      this.#seen.set(version, { version, createdAt: createdAt.getTime(), fingerprint })
    }
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return `${code}: ${message}`
}

answerCalls((options) => Service.open(options))
