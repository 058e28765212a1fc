import { secondsOf, systemClock } from '../clock.ts'
import { keepingProcessAlive } from '../deadline.ts'
import { KeyStoreUnavailableError } from '../errors.ts'
import { Gate } from '../gate.ts'
import { EventEmitter } from '../platform.ts'
import type { RecordNote } from '../replication/replica-events.ts'
import { type ReplicaHealth, replicaHealth } from '../replication/replica-health.ts'
import { Replica } from '../replication/replica.ts'
import { HeldRevocations } from './held-revocations.ts'
import { digestOf, markOf } from './identifier.ts'
import { isRevokedIn, type RevocableClaims } from './revocable-claims.ts'
import { type Revocation, type RevocationEvents, revocationOf } from './revocation-events.ts'
import { readRevocationsOptions, type RevocationSettings, type RevocationsOptions } from './revocation-options.ts'
import { type RevocationEntry, recordIdOf } from './revocation-record.ts'
import type { Added } from './revocation-table.ts'
import { entryFor, identifierIn, type TokensToRevoke } from './tokens-to-revoke.ts'

/** The state of {@link Revocations}. Durations are in seconds. */
export interface RevocationHealth extends ReplicaHealth {
  /** The number of revocations in memory. Some of them may have ended. */
  readonly entries: number
  /** How many of them the store has lost: see {@link Revocations.restore}. */
  readonly lost: number
  /** Records that cannot be used, up to a hundred. */
  readonly setAside: readonly RecordNote[]
}

/** How many records `restore` writes at the same time. */
const restoredAtOnce = 16

/**
 * Revoked tokens, known to all instances of a service. Each instance has a copy of the revocations, so a check is a look-up in
 * memory. A revocation is effective on this instance at once and on the others within a second if the store sends
 * notifications, or within `pollInterval`.
 *
 * ```ts
 * import { Revocations, TokenVerifier } from '@bearerkit/core'
 *
 * const revocations = await Revocations.open({ longestTokenLifetime: '1h' })
 * const verifier = new TokenVerifier({
 *   issuer: 'https://issuer.example.com',
 *   audience: 'https://api.example.com',
 *   isRevoked: revocations,
 * })
 * await revocations.revoke({ sub: 'user-1', iss: 'https://issuer.example.com' }) // logs the user out everywhere
 * await revocations.close()
 * ```
 */
export class Revocations extends EventEmitter<RevocationEvents> {
  readonly #settings: RevocationSettings
  readonly #held: HeldRevocations
  readonly #replica: Replica

  private constructor(settings: RevocationSettings) {
    super()
    this.#settings = settings
    this.#held = new HeldRevocations(settings, this)
    this.#replica = new Replica(settings, this.#held)
  }

  /**
   * Reads the store.
   *
   * @throws ConfigurationError naming the option
   * @throws KeyStoreUnavailableError if the store cannot be read
   */
  static async open(options: RevocationsOptions = {}): Promise<Revocations> {
    const revocations = new Revocations(readRevocationsOptions(options))
    try {
      await revocations.refresh()
    } catch (error) {
      await revocations.close()
      throw error
    }
    return revocations
  }

  /**
   * Revokes tokens by one of their claims: `jti` for one token, `sid` for a session, `sub` for a user, `client_id` for a client.
   * Resolves when the store has the revocation. If it rejects, nothing has changed on this instance.
   *
   * ```ts
   * import { Revocations } from '@bearerkit/core'
   *
   * const revocations = await Revocations.open()
   * await revocations.revoke({ jti: '3f2a', until: Date.now() + 600_000 })
   * await revocations.close()
   * ```
   *
   * @throws InvalidRevocationError if it does not say which tokens
   * @throws KeyStoreUnavailableError if the store cannot be written, or there are `maxEntries` already. 503 over HTTP
   */
  async revoke(tokens: TokensToRevoke): Promise<void> {
    const now = this.#settings.clock.now()
    const entry = entryFor(tokens, this.#settings, now)
    // All of these tokens have expired.
    if (entry.until * 1000 <= now) return
    if (this.#held.table.isFull(now / 1000)) throw this.#full()
    const added = await this.#write(entry)
    if (added === 'crowded' || added === 'full') throw this.#full()
  }

  /**
   * Returns true if the token is revoked. Does not wait: it is a look-up in memory.
   *
   * @param claims of a verified token
   * @param now the time of the system clock in milliseconds, if the caller has just read it: reading a clock takes time
   * @throws KeyStoreUnavailableError if the store could not be read for `staleIfError`. 503 over HTTP
   */
  isRevoked(claims: RevocableClaims, now?: number): boolean {
    const time = this.#time(now)
    if (!this.#replica.isUsableAt(time)) throw this.#outdated()
    return isRevokedIn(this.#held.table, claims, time / 1000)
  }

  /**
   * Returns a number that changes whenever tokens were revoked. Undefined if `isRevoked` would throw. With it, verifiers
   * keep the answer `false` for the tokens that they remember.
   *
   * @param now as for `isRevoked`
   */
  revision(now?: number): number | undefined {
    return this.#replica.isUsableAt(this.#time(now)) ? this.#held.revision : undefined
  }

  /**
   * Lists the revocations that have not ended. Identifiers are known only as digests, so pass `tokens` to find out whether and
   * how long these are revoked.
   */
  *list(tokens?: TokensToRevoke): Generator<Revocation> {
    const now = secondsOf(this.#settings.clock)
    if (tokens === undefined) {
      for (const entry of this.#held.table.entries(now)) yield revocationOf(entry)
      return
    }
    const identifier = identifierIn(tokens)
    const entry = this.#held.table.get(markOf(identifier), digestOf(identifier))
    if (entry !== undefined && entry.until > now) yield revocationOf(entry)
  }

  /**
   * Writes the revocations that this instance knows and the store has lost. Call it on one instance after `storeReset`, unless
   * a recent backup is restored.
   *
   * @returns how many were written
   * @throws KeyStoreUnavailableError
   */
  async restore(): Promise<number> {
    const lost = [...this.#held.lostEntries()]
    const gate = new Gate(restoredAtOnce)
    await Promise.all(lost.map((entry) => gate.pass(() => this.#write(entry))))
    return lost.length
  }

  /**
   * Reads the changes in the store now.
   *
   * @throws KeyStoreUnavailableError
   */
  async refresh(): Promise<void> {
    await keepingProcessAlive(this.#replica.refresh())
  }

  /** Returns the state of the copy of the store. */
  health(): RevocationHealth {
    const { table, lost, setAside } = this.#held
    return { ...replicaHealth(this.#replica), entries: table.size, lost, setAside }
  }

  /** Ends timers and subscriptions. The store's client stays open. The copy is used until it is too old. */
  async close(): Promise<void> {
    await this.#replica.close()
  }

  /** @param now the time of the system clock, which counts unless there is another clock */
  #time(now: number | undefined): number {
    const { clock } = this.#settings
    return now === undefined || clock !== systemClock ? clock.now() : now
  }

  /** A record with this id says the same, so it does not matter who has written it. */
  async #write(entry: RevocationEntry): Promise<Added> {
    const change = { id: recordIdOf(entry), value: '', ifRevision: undefined, until: entry.until * 1000 }
    const isNew = (await this.#replica.write(change)) !== undefined
    return isNew ? this.#held.addOwn(entry, this.#replica.isReading) : this.#held.add(entry)
  }

  #outdated(): KeyStoreUnavailableError {
    // After a suspension, the store is up and the next request succeeds.
    this.#replica.ensureUsable().catch(() => undefined)
    const message = `${this.#replica.storeName}: it could not be read for too long to know which tokens are revoked`
    return this.#replica.lastError ?? new KeyStoreUnavailableError(message)
  }

  #full(): KeyStoreUnavailableError {
    return new KeyStoreUnavailableError(`${this.#replica.storeName}: too many revocations: see \`maxEntries\``)
  }
}
