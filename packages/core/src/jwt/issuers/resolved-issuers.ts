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
import { workOutlivesRequests } from '../../platform.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { TrustedIssuer } from './trusted-issuer.ts'

/**
 * Returns the rules for an issuer that the options do not name, or a promise of them. Returns `undefined` or `null` if
 * the issuer is not trusted.
 */
export type IssuerResolver = (
  iss: string,
) => IssuerOptions | null | undefined | PromiseLike<IssuerOptions | null | undefined>

export interface ResolutionSettings {
  readonly resolveIssuer: IssuerResolver
  /** The defaults for options that the resolver does not set. */
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

const option = 'resolveIssuer'
/** In milliseconds. */
const longestAsk = 5000
const mostAsksAtOnce = 100
/** In milliseconds: the resolver is called at most once per interval after tokens of unknown issuers have used up the budget. */
const askInterval = 100
/** In milliseconds. Short, so a new tenant can use its tokens soon after it signs up. */
const refusedFor = 2000
const mostRefused = 10_000
/** The fraction of `issuerTtl` after which a result is renewed in the background. */
const renewAfter = 0.8

/**
 * The issuers that `resolveIssuer` has accepted.
 *
 * An unsigned token can contain any `iss`. An issuer counts as vouched for once one of its signatures has been
 * verified. Until then it cannot evict a vouched issuer, and each call of `resolveIssuer` for it spends from a budget. The call is refunded
 * when a signature of the issuer is verified, so valid tokens alone never use up the budget.
 */
export class ResolvedIssuers {
  readonly #settings: ResolutionSettings
  /** The least recently used issuer is evicted. Only a token with a verified signature counts as a use. */
  readonly #vouched: LRUCache<string, Resolution>
  readonly #unvouched: LRUCache<string, Resolution>
  readonly #refused: LRUCache<string, true>
  /** The calls of `resolveIssuer` in progress. All tokens of the issuer share one call. */
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
   * Returns the issuer of this name, or undefined if it is not trusted. The token is not verified yet.
   *
   * @throws VerificationUnavailableError if the resolver fails or returns invalid options
   */
  find(iss: string): TrustedIssuer | undefined | Promise<TrustedIssuer | undefined> {
    const resolution = this.#resolutionOf(iss)
    if (resolution !== undefined && this.#isCurrent(resolution)) return resolution.issuer
    return this.#refused.has(iss) ? undefined : keepingProcessAlive(this.#ask(iss))
  }

  /** Returns the issuer of this name that the resolver has accepted, however long ago. Asks nobody. */
  known(iss: string): TrustedIssuer | undefined {
    return this.#resolutionOf(iss)?.issuer
  }

  /** Records that a signature of the issuer has been verified. */
  vouch(issuer: TrustedIssuer): void {
    const { issuer: iss } = issuer
    if (this.#vouched.get(iss)?.issuer === issuer) return
    const resolution = this.#unvouched.peek(iss)
    if (resolution?.issuer !== issuer) return
    this.#unvouched.delete(iss)
    this.#vouched.set(iss, resolution)
    this.#budget.refund()
  }

  /** True if the issuer is still trusted, so its cached tokens are still accepted. Counts as a use. */
  holds(issuer: TrustedIssuer): boolean {
    const resolution = this.#vouched.get(issuer.issuer)
    return resolution?.issuer === issuer && this.#isCurrent(resolution)
  }

  /** Ends the trust immediately. The next token of the issuer calls the resolver again. */
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

  /**
   * Returns false after `issuerTtl`, however often the result is used. Starts a renewal shortly before that, unless the platform
   * would end it with the request.
   */
  #isCurrent({ issuer, answeredAt }: Resolution): boolean {
    const { issuerTtl, clock } = this.#settings
    const age = elapsedSince(answeredAt, clock)
    if (age >= issuerTtl) return false
    // If the renewal fails, the current result stays valid until its end. After that, requests wait for a new one.
    if (workOutlivesRequests && age >= issuerTtl * renewAfter) this.#ask(issuer.issuer).catch(() => undefined)
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

  /** @param isAwaited returns false once the issuer was forgotten: the result is then outdated and discarded */
  async #answer(iss: string, isAwaited: () => boolean): Promise<TrustedIssuer | undefined> {
    try {
      const options = await this.#gate.pass(() => this.#resolve(iss))
      if (!isAwaited()) return this.find(iss)
      // RFC 8725 §3.8: the rules of one issuer must not apply to another.
      if (options === undefined || options === null || (options.issuer ?? iss) !== iss) return this.#refuse(iss)
      return this.#trust(iss, { ...this.#settings.shared, ...withoutUndefined(options), issuer: iss })
    } catch (cause) {
      if (cause instanceof VerificationUnavailableError) throw cause
      throw new VerificationUnavailableError('resolveIssuer failed for the issuer of the token', { cause, option })
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

  /** An unchanged result keeps the issuer: its keys are not fetched again, and its tokens stay cached. */
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
  return new VerificationUnavailableError('too many tokens name unknown issuers: resolveIssuer is rate-limited', {
    option,
  })
}
