import { LRUCache } from 'lru-cache'
import { Budget } from '../../budget.ts'
import { isThenable } from '../../callback.ts'
import { type Clock, elapsedSince, type Moment, momentOf } from '../../clock.ts'
import { withoutUndefined } from '../../configuration/options.ts'
import { keepingProcessAlive, untilAborted, withBackgroundDeadline } from '../../deadline.ts'
import { VerificationUnavailableError } from '../../errors.ts'
import { Gate } from '../../gate.ts'
import type { SharedJwks } from '../../keys/remote/fetching/shared-jwks.ts'
import { haveSameMembers } from '../../plain.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { TrustedIssuer } from './trusted-issuer.ts'

/**
 * The rules for an issuer that is not known beforehand, or a promise of them. `undefined` or `null` for one that is not
 * trusted.
 */
export type IssuerResolver = (
  iss: string,
) => IssuerOptions | null | undefined | PromiseLike<IssuerOptions | null | undefined>

export interface ResolutionSettings {
  readonly resolveIssuer: IssuerResolver
  /** The rules that hold where the resolver says nothing. */
  readonly shared: IssuerOptions
  readonly maxIssuers: number
  /** See {@link TrustedIssuer}. */
  readonly documents: SharedJwks | undefined
  /** In milliseconds. */
  readonly issuerTtl: number
  readonly clock: Clock
}

interface Resolution {
  readonly issuer: TrustedIssuer
  readonly options: IssuerOptions
  readonly answeredAt: Moment
}

/** In milliseconds. */
const longestAsk = 5000
const mostAsksAtOnce = 100
/** In milliseconds: how often the resolver may be asked once junk has spent the budget. */
const askInterval = 100
/** In milliseconds. Short, so that a tenant that signs up need not wait for long. */
const refusedFor = 2000
const mostRefused = 10_000
/** The part of its lifetime after which an answer is renewed in the background. */
const renewAfter = 0.8

/**
 * The issuers that `resolveIssuer` has answered for.
 *
 * Anybody can put any `iss` into an unsigned token. So an issuer counts only once a signature has vouched for it: before
 * that it takes no place of one that counts, and the questions that led to it come out of a budget. A question is
 * refunded when a signature vouches for its issuer, so that good tokens alone never use the budget up.
 */
export class ResolvedIssuers {
  readonly #settings: ResolutionSettings
  /** The least recently used is let go. Only a token whose signature held counts as a use. */
  readonly #vouched: LRUCache<string, Resolution>
  readonly #unvouched: LRUCache<string, Resolution>
  readonly #refused: LRUCache<string, true>
  /** One question serves all tokens that wait for its answer. */
  readonly #asking = new Map<string, Promise<TrustedIssuer | undefined>>()
  readonly #budget: Budget
  readonly #gate = new Gate(mostAsksAtOnce)

  constructor(settings: ResolutionSettings) {
    const { maxIssuers: max, clock } = settings
    this.#settings = settings
    this.#vouched = new LRUCache({
      max,
      dispose: ({ issuer }, _iss, reason) => {
        if (reason === 'evict') issuer.letGo()
      },
    })
    this.#unvouched = new LRUCache({ max })
    const perf = { now: () => clock.monotonic?.() ?? clock.now() }
    this.#refused = new LRUCache({ max: mostRefused, ttl: refusedFor, ttlResolution: 0, perf })
    this.#budget = new Budget({ burst: max, refillInterval: askInterval, clock })
  }

  /**
   * The issuer of this name, or undefined if it is not trusted. Asked for a token that nobody has vouched for.
   *
   * @throws VerificationUnavailableError if the resolver fails, or its answer cannot be used
   */
  find(iss: string): TrustedIssuer | undefined | Promise<TrustedIssuer | undefined> {
    const resolution = this.#resolutionOf(iss)
    if (resolution !== undefined && this.#isCurrent(resolution)) return resolution.issuer
    return this.#refused.has(iss) ? undefined : keepingProcessAlive(this.#ask(iss))
  }

  /** A signature of the issuer has held. */
  vouch(issuer: TrustedIssuer): void {
    const { issuer: iss } = issuer
    if (this.#vouched.get(iss)?.issuer === issuer) return
    const resolution = this.#unvouched.peek(iss)
    if (resolution?.issuer !== issuer) return
    this.#unvouched.delete(iss)
    this.#vouched.set(iss, resolution)
    this.#budget.refund()
  }

  /** Whether a remembered token of this issuer may still pass. Counts as a use. */
  holds(issuer: TrustedIssuer): boolean {
    const resolution = this.#vouched.get(issuer.issuer)
    return resolution?.issuer === issuer && this.#isCurrent(resolution)
  }

  /** Ends the trust at once. The next token that names the issuer asks the resolver again. */
  forget(iss: string): void {
    this.#asking.delete(iss)
    this.#refused.delete(iss)
    this.#withdraw(iss)
  }

  close(): void {
    for (const { issuer } of [...this.#vouched.values(), ...this.#unvouched.values()]) issuer.close()
    this.#vouched.clear()
    this.#unvouched.clear()
  }

  #resolutionOf(iss: string): Resolution | undefined {
    return this.#vouched.peek(iss) ?? this.#unvouched.peek(iss)
  }

  /** An answer has an absolute lifetime, which no use prolongs. Towards its end it is renewed behind the requests. */
  #isCurrent({ issuer, answeredAt }: Resolution): boolean {
    const { issuerTtl, clock } = this.#settings
    const age = elapsedSince(answeredAt, clock)
    if (age >= issuerTtl) return false
    // If that fails, the answer at hand counts until its end, and then a request waits for the next one.
    if (age >= issuerTtl * renewAfter) this.#ask(issuer.issuer).catch(() => undefined)
    return true
  }

  #ask(iss: string): Promise<TrustedIssuer | undefined> {
    const underWay = this.#asking.get(iss)
    if (underWay !== undefined) return underWay
    if (!this.#vouched.has(iss) && !this.#budget.spend()) return Promise.reject(overspent())
    const asking: Promise<TrustedIssuer | undefined> = this.#answer(
      iss,
      () => this.#asking.get(iss) === asking,
    ).finally(() => {
      if (this.#asking.get(iss) === asking) this.#asking.delete(iss)
    })
    this.#asking.set(iss, asking)
    return asking
  }

  /** @param isAwaited false once the issuer was forgotten: then the answer is older than that, and counts no more */
  async #answer(iss: string, isAwaited: () => boolean): Promise<TrustedIssuer | undefined> {
    try {
      const options = await this.#gate.pass(() => this.#resolve(iss))
      if (!isAwaited()) return this.find(iss)
      // RFC 8725 §3.8: rules for one issuer are not for another.
      if (options === undefined || options === null || (options.issuer ?? iss) !== iss) return this.#refuse(iss)
      return this.#trust(iss, { ...this.#settings.shared, ...withoutUndefined(options), issuer: iss })
    } catch (cause) {
      if (cause instanceof VerificationUnavailableError) throw cause
      throw new VerificationUnavailableError('the issuer of the token could not be resolved', { cause })
    }
  }

  #resolve(iss: string): ReturnType<IssuerResolver> {
    const answer = this.#settings.resolveIssuer(iss)
    if (!isThenable(answer)) return answer
    return withBackgroundDeadline(longestAsk, undefined, (deadline) => untilAborted(Promise.resolve(answer), deadline))
  }

  #refuse(iss: string): undefined {
    this.#withdraw(iss)
    this.#refused.set(iss, true)
  }

  /** The same answer as before leaves everything as it is: the keys are not fetched again, and tokens stay remembered. */
  #trust(iss: string, options: IssuerOptions): TrustedIssuer {
    const former = this.#resolutionOf(iss)
    const isUnchanged = former !== undefined && haveSameMembers(former.options, options)
    const inheritance = { former: former?.issuer, documents: this.#settings.documents }
    const issuer = isUnchanged ? former.issuer : new TrustedIssuer(options, 'resolveIssuer', inheritance)
    const place = this.#vouched.has(iss) ? this.#vouched : this.#unvouched
    place.set(iss, { issuer, options, answeredAt: momentOf(this.#settings.clock) })
    return issuer
  }

  #withdraw(iss: string): void {
    this.#resolutionOf(iss)?.issuer.withdraw()
    this.#vouched.delete(iss)
    this.#unvouched.delete(iss)
  }
}

function overspent(): VerificationUnavailableError {
  return new VerificationUnavailableError('too many tokens name issuers that no signature has vouched for')
}
