import { decodeProtectedHeader } from 'jose'
import {
  KeyNotFoundError,
  KeySourceUnavailableError,
  KeyStoreUnavailableError,
  TokenError,
} from '../../../../../src/errors.ts'
import type { Announcements } from './announcements.ts'
import type { Ledger, LedgerVersion } from './ledger.ts'
import { clockSkew, type FleetPlan, longestBackOff, pollInterval, requestTimeout } from '../plan.ts'
import { kid, type ServiceProcess } from '../service-process.ts'
import type { VirtualTime } from '../world/virtual-time.ts'

export interface IssuedToken {
  readonly text: string
  readonly version: LedgerVersion
  readonly expiresAt: number
}

/** Broken by the code under test. */
export class BrokenRule extends Error {}

export interface Counts {
  issued: number
  accepted: number
  refused: number
  unavailable: number
}

/** Issues and verifies tokens, and checks that each outcome is the one that must be. */
export class TokenRules {
  readonly counts: Counts = { issued: 0, accepted: 0, refused: 0, unavailable: 0 }
  readonly #time: VirtualTime
  readonly #plan: FleetPlan
  readonly #ledger: Ledger
  readonly #announcements: Announcements
  /** The tokens whose key a process is reading the store for. Another request with the same token waits for that read too. */
  readonly #searched = new WeakMap<ServiceProcess, Set<string>>()

  constructor(time: VirtualTime, plan: FleetPlan, ledger: Ledger, announcements: Announcements) {
    this.#time = time
    this.#plan = plan
    this.#ledger = ledger
    this.#announcements = announcements
  }

  async issue(process: ServiceProcess): Promise<IssuedToken | undefined> {
    const { now } = this.#time
    const { service, isOverdue } = process
    let text: string
    try {
      text = await this.#time.as(process, () => process.tokens.issue({ sub: 'user-1' }))
    } catch (error) {
      this.#checkNotIssued(process, service, error, now)
      return undefined
    }
    mustHold(this.#time.now === now || service !== 'must' || isOverdue, 'signing waited for the store')
    const { kid: name } = decodeProtectedHeader(text)
    const { fingerprint } = await process.keys.getKey(String(name))
    const version = this.#ledger.byThumbprint(fingerprint)
    if (version === undefined) throw new BrokenRule(`${name} signs, and the store never had it`)
    mustHold(process.service !== 'must not', `${name} signs, and the copy of the store is too old`)
    mustHold(!this.#isKnownGone(process, version, now), `${name} signs, and the store does not have it any longer`)
    this.#announcements.checkSigned(version)
    this.counts.issued += 1
    return { text, version, expiresAt: now + this.#plan.tokenLifetime }
  }

  async verify(process: ServiceProcess, token: IssuedToken): Promise<void> {
    const { now } = this.#time
    const { version } = token
    const { service } = process
    const known = process.keys.has(kid, version.number) && service === 'must'
    const isGone = this.#isKnownGone(process, version, now)
    const outcome = await this.#outcome(process, token.text)
    const name = `${process.instance.name}: a token of ${kid}.${version.number}`
    if (outcome === 'accepted') {
      mustHold(!isGone, `${name} was accepted, and the key is gone`)
      return mustHold(process.service !== 'must not', `${name} was accepted, and the copy of the store is too old`)
    }
    if (!this.#isGood(token)) return
    mustHold(outcome === 'unavailable', `${name} is good, and was refused`)
    mustHold(!known || process.service !== 'must', `${name} was unavailable, and the key is at hand`)
    mustHold(this.#mayBeUnavailable(process, now), `${name} was unavailable, and all has been well`)
  }

  async verifyForged(process: ServiceProcess, text: string): Promise<void> {
    mustHold((await this.#outcome(process, text)) !== 'accepted', 'a forged token was accepted')
  }

  async #outcome(process: ServiceProcess, text: string): Promise<'accepted' | 'refused' | 'unavailable'> {
    const { now } = this.#time
    const { service } = process
    const name = String(decodeProtectedHeader(text).kid)
    const isAtHand = process.keys.keysAtHand({ kid: name, alg: 'Ed25519' }).length > 0
    const searched = this.#searchedBy(process)
    const isKnown = service === 'must' && isAtHand && !searched.has(text)
    if (service === 'must' && !isAtHand) searched.add(text)
    const outcome = await this.#time
      .as(process, () => process.verifier.verify(text))
      .then(
        () => 'accepted' as const,
        (error: unknown) => {
          if (error instanceof TokenError) return 'refused'
          if (error instanceof KeyStoreUnavailableError || error instanceof KeySourceUnavailableError)
            return 'unavailable'
          throw error
        },
      )
    searched.delete(text)
    mustHold(!isKnown || this.#time.now === now, 'verifying waited for the store, and the key is at hand')
    this.counts[outcome] += 1
    return outcome
  }

  #searchedBy(process: ServiceProcess): Set<string> {
    const searched = this.#searched.get(process) ?? new Set()
    this.#searched.set(process, searched)
    return searched
  }

  #isGood({ version, expiresAt }: IssuedToken): boolean {
    return version.isGood && this.#time.now < expiresAt - clockSkew
  }

  #isKnownGone(process: ServiceProcess, { goneAt }: LedgerVersion, now: number): boolean {
    return goneAt !== undefined && now > process.knowsBy(goneAt)
  }

  /** The store could not be reached, or the process was suspended in between. A suspension before that is no reason. */
  #mayBeUnavailable({ wokeAt, instance }: ServiceProcess, since: number): boolean {
    const recovery = longestBackOff + pollInterval + 2 * requestTimeout
    return wokeAt > since || instance.wasTroubled(since - recovery, this.#time.now)
  }

  #checkNotIssued(process: ServiceProcess, service: ServiceProcess['service'], error: unknown, since: number): void {
    if (error instanceof KeyStoreUnavailableError) {
      const wasRecent = service === 'must' && process.wokeAt <= since
      mustHold(!wasRecent, 'an instance does not sign, and its copy of the store is recent enough')
      return mustHold(this.#mayBeUnavailable(process, since), 'an instance does not sign, and all has been well')
    }
    if (!(error instanceof KeyNotFoundError)) throw error
    const { lostAt, madeAgainAt } = this.#ledger
    const mayLack = madeAgainAt === undefined || (lostAt > -Infinity && this.#time.now < process.knowsBy(madeAgainAt))
    mustHold(mayLack, 'an instance has no key to sign with')
  }
}

export function mustHold(holds: boolean, otherwise: string): void {
  if (!holds) throw new BrokenRule(otherwise)
}
