import type { Clock } from '../../../src/clock.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import { StoredKeyProvider } from '../../../src/keys/stored/stored-key-provider.ts'
import type { StoredKeyProviderOptions } from '../../../src/keys/stored/stored-key-options.ts'
import type { StoredKeyEvents } from '../../../src/keys/stored/stored-key-events.ts'
import { FaultyStore } from '../../support/faulty-store.ts'
import { ManualClock } from '../../support/clock.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'

export { FaultyStore }

export const encryptionKey = new Uint8Array(32).fill(1)
export const otherEncryptionKey = new Uint8Array(32).fill(2)

/** One instance of a service. */
export interface Instance {
  readonly keys: StoredKeyProvider
  readonly tokens: TokenIssuer
  readonly verifier: TokenVerifier
  /** What it has reported, in order. */
  readonly events: { readonly event: keyof StoredKeyEvents; readonly detail: unknown }[]
}

const opened: StoredKeyProvider[] = []

/** Closes all instances. To be called after all tests of a file. */
export async function closeInstances(): Promise<void> {
  await Promise.all(opened.map((keys) => keys.close()))
}

/** A clock that a test turns. */
export interface TestClock extends Clock {
  advance(milliseconds: number): void
}

/** Several instances on one store and one clock, which polls only when a test asks for it. */
export class Fleet {
  readonly clock: TestClock
  readonly store: FaultyStore

  constructor(store = new FaultyStore(), clock: TestClock = new ManualClock()) {
    this.store = store
    this.clock = clock
  }

  async open(options: Partial<StoredKeyProviderOptions> = {}): Promise<Instance> {
    const { store, clock } = this
    const defaults = {
      store,
      clock,
      encryptionKeys: [encryptionKey],
      pollInterval: '1h',
      staleIfError: '100000d',
    } as const
    const keys = await StoredKeyProvider.open({ ...defaults, ...options })
    opened.push(keys)
    const events: Instance['events'] = []
    for (const event of reported) keys.on(event, (detail) => events.push({ event, detail }))
    const tokens = new TokenIssuer({ keys, issuer, audience, clock })
    return { keys, tokens, events, verifier: new TokenVerifier({ keys, issuer, audience, clock }) }
  }

  async pair(options: Partial<StoredKeyProviderOptions> = {}): Promise<[Instance, Instance]> {
    return [await this.open(options), await this.open(options)]
  }

  async openMany(count: number, options: Partial<StoredKeyProviderOptions> = {}): Promise<Instance[]> {
    return Promise.all(Array.from({ length: count }, () => this.open(options)))
  }
}

const reported = [
  'keyAdded',
  'keyRemoved',
  'keyChanged',
  'recordSetAside',
  'storeUnavailable',
  'storeReset',
  'refreshed',
  'refreshFailed',
] as const

export function names({ events }: Instance): string[] {
  return events.map(({ event }) => event)
}
