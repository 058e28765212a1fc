import { KeySourceUnavailableError, TokenError } from '../../../src/errors.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { KeySetSnapshot } from '../../../src/keys/remote/sets/key-set-snapshot.ts'
import { RemoteJwksKeyProvider } from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import { Agenda } from '../../support/agenda.ts'
import { ManualClock } from '../../support/clock.ts'
import { settled } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer } from '../../support/foreign-issuer.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { type Delivery, soakBounds, SoakIssuer, type SoakKey } from './soak-issuer.ts'

export interface SoakOptions {
  readonly seed: number
  /** Simulated. */
  readonly minutes: number
}

export interface SoakReport {
  readonly accepted: number
  readonly refused: number
  readonly unavailable: number
  readonly refreshes: number
  readonly failures: number
  readonly restarts: number
  readonly requests: number
}

type Verdict = 'accepted' | 'refused' | 'unavailable'

/**
 * After the issuer has been healthy for this long, every published key works: covers back-off, Retry-After, and the
 * budget for unknown kids.
 */
const recoveryTime = 90_000

/**
 * Verifies tokens for the given number of simulated minutes, while the issuer rotates its keys, moves its JWKS, and
 * fails in ways that the seed determines.
 *
 * - A token of a key in the last delivered set is accepted immediately while that set is within its bound.
 * - A token of a key outside that set, or of a set beyond its bound, is not accepted.
 * - Within the bound nothing is unavailable: an unknown kid is refused.
 * - Once the issuer is healthy again, all its keys work.
 *
 * @throws Error with the seed, the simulated time and the violated rule
 */
export async function soak({ seed, minutes }: SoakOptions): Promise<SoakReport> {
  const run = new SoakRun(seed)
  await run.for(minutes * 60_000)
  return run.report
}

class SoakRun {
  readonly #seed: number
  readonly #random: SeededRandom
  readonly #clock = new ManualClock()
  readonly #issuer: SoakIssuer
  readonly #startedAt = this.#clock.now()
  readonly #counts = { accepted: 0, refused: 0, unavailable: 0, refreshes: 0, failures: 0, restarts: 0 }
  readonly #stranger = new ForeignIssuer('stranger')
  #keys!: RemoteJwksKeyProvider
  #verifier!: TokenVerifier
  /** The response that the provider must be using. */
  #last: Delivery | undefined
  #junk = 0
  /** A refresh that should not have succeeded, or not with this lifetime. */
  #misnoted: string | undefined

  constructor(seed: number) {
    this.#seed = seed
    this.#random = new SeededRandom(seed)
    this.#issuer = new SoakIssuer(this.#random, this.#clock)
    this.#start()
  }

  get report(): SoakReport {
    return { ...this.#counts, requests: this.#issuer.requests }
  }

  async for(duration: number): Promise<void> {
    const agenda = new Agenda(() => this.#clock.now(), this.#random)
    agenda.every(15_000, 40_000, () => this.#issuer.behave())
    agenda.every(10_000, 45_000, () => this.#issuer.rotate())
    agenda.every(100_000, 400_000, () => this.#issuer.move())
    agenda.every(120_000, 300_000, () => this.#restart())
    // Long enough for a set to expire, and long enough for everything to recover.
    agenda.every(1_500_000, 3_000_000, () => this.#calm(600_000, 'failing'))
    agenda.every(300_000, 500_000, () => this.#calm(200_000, 'none'))
    while (this.#elapsed < duration) {
      this.#clock.advance(this.#random.between(100, this.#random.chance(0.05) ? 20_000 : 1500))
      for (const happening of agenda.due()) await happening()
      await this.#traffic()
      if (this.#random.chance(0.3)) await settled()
    }
    this.#check(
      this.#issuer.requests < 100 + (duration / 60_000) * 120,
      `${this.#issuer.requests} requests are too many`,
    )
    this.#keys.close()
  }

  /** The time for which only the clock changes. */
  async #calm(duration: number, misbehaviour: 'none' | 'failing'): Promise<void> {
    this.#issuer.behave(misbehaviour)
    const end = this.#elapsed + duration
    while (this.#elapsed < end) {
      this.#clock.advance(this.#random.between(500, 4000))
      await this.#traffic()
      await settled()
    }
  }

  async #traffic(): Promise<void> {
    if (this.#misnoted !== undefined) this.#fail(this.#misnoted)
    for (let count = this.#random.between(1, 4); count > 0; count -= 1)
      await this.#verify(this.#random.pick(this.#random.chance(0.6) ? this.#issuer.published : this.#issuer.keys))
    if (this.#random.chance(0.3)) await this.#verifyForgery()
  }

  async #verify(key: SoakKey): Promise<void> {
    const before = this.#knows(key)
    const couldServe = this.#isWithinBound
    const { kid } = key.signer
    const answer = before ? this.#keys.verificationKeys({ alg: 'ES256', kid }) : undefined
    this.#check(!(answer instanceof Promise), `${kid} is known, and had to wait`)
    const verdict = await this.#verdict(key.token)
    const after = this.#knows(key)
    if (verdict === 'accepted') this.#check(before || after, `${kid} was accepted, removed or beyond its bound`)
    else this.#check(!(before && after), `${kid} is known and within its bound, and was ${verdict}`)
    if (verdict === 'unavailable')
      this.#check(!(couldServe && this.#isWithinBound), `${kid} was unavailable within the bound`)
    if (verdict !== 'accepted' && this.#mustWork(key)) await this.#insistOn(key)
  }

  /**
   * On a busy machine, a single fetch can miss the deadline, which is short by the real clock. Several in a row cannot.
   */
  async #insistOn({ signer, token }: SoakKey): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      this.#clock.advance(15_000)
      if ((await this.#verdict(token)) === 'accepted') return
    }
    this.#fail(`${signer.kid} does not work though all has been well for long`)
  }

  async #verifyForgery(): Promise<void> {
    const claims = { iss: issuer, aud: audience, exp: 10_000_000_000 }
    const kid = this.#random.chance(0.8) ? `junk-${(this.#junk += 1)}` : this.#random.pick(this.#issuer.keys).signer.kid
    const forged = this.#stranger.sign(claims, { alg: 'ES256', kid, typ: 'at+jwt' })
    this.#check((await this.#verdict(forged)) !== 'accepted', `a forged token under ${kid} was accepted`)
  }

  async #verdict(token: string): Promise<Verdict> {
    const verdict = await this.#verifier.verify(token).then(
      () => 'accepted' as const,
      (error: unknown) => {
        if (error instanceof TokenError) return 'refused'
        if (error instanceof KeySourceUnavailableError) return 'unavailable'
        throw error
      },
    )
    this.#counts[verdict] += 1
    return verdict
  }

  #start(snapshot?: KeySetSnapshot): void {
    const { minCacheTtl, maxCacheTtl, staleIfError } = soakBounds
    this.#keys = new RemoteJwksKeyProvider({
      issuer,
      clock: this.#clock,
      fetch: this.#issuer.fetch,
      random: this.#random.next,
      // Uses the real clock, because a hanging request must be waited for. The simulated clock is then five seconds
      // later.
      requestTimeout: '25ms',
      minCacheTtl: minCacheTtl / 1000,
      maxCacheTtl: maxCacheTtl / 1000,
      staleIfError: staleIfError / 1000,
      snapshot,
    })
    this.#keys.on('refreshed', ({ freshFor }) => this.#noteSuccess(freshFor * 1000))
    this.#keys.on('refreshFailed', () => (this.#counts.failures += 1))
    this.#verifier = new TokenVerifier({ issuer, audience, keys: this.#keys, clock: this.#clock })
  }

  /** With a snapshot, continues with the same keys. Without one, starts with none. */
  async #restart(): Promise<void> {
    this.#counts.restarts += 1
    const snapshot = this.#random.chance(0.5) ? this.#keys.snapshot() : undefined
    this.#keys.close()
    this.#keys.removeAllListeners()
    this.#issuer.delivered = []
    if (snapshot === undefined) this.#last = undefined
    this.#start(snapshot && (JSON.parse(JSON.stringify(snapshot)) as KeySetSnapshot))
    await this.#keys.ready().catch(() => undefined)
  }

  #noteSuccess(freshFor: number): void {
    const { delivered } = this.#issuer
    const kids = this.#keys.health().kids.toSorted().join()
    const noted = delivered.findIndex(({ keys, lifetime }) => lifetime === freshFor && kidsOf(keys) === kids)
    this.#counts.refreshes += 1
    const lifetimes = delivered.map(({ lifetime }) => lifetime).join(' or ')
    // SourceReporter swallows the errors of listeners.
    if (noted < 0) this.#misnoted ??= `${kids} fresh for ${freshFor} ms, not ${lifetimes}`
    this.#last = delivered[noted] ?? nothing
    // Keeps the response itself, because the previous one may have been equal.
    this.#issuer.delivered = delivered.slice(0, noted + 1)
  }

  get #isWithinBound(): boolean {
    const last = this.#last
    return last !== undefined && this.#clock.now() - last.requestedAt < last.lifetime + soakBounds.staleIfError
  }

  #knows(key: SoakKey): boolean {
    return this.#isWithinBound && this.#last?.keys.has(key) === true
  }

  #mustWork({ removedAt, publishedAt }: SoakKey): boolean {
    if (removedAt !== undefined || this.#issuer.misbehaviour !== 'none') return false
    return this.#clock.now() - Math.max(publishedAt, this.#issuer.wellSince) > recoveryTime
  }

  get #elapsed(): number {
    return this.#clock.now() - this.#startedAt
  }

  #check(holds: boolean, what: string): void {
    if (!holds) this.#fail(what)
  }

  #fail(what: string): never {
    const seconds = Math.round(this.#elapsed / 100) / 10
    throw new Error(
      `seed ${this.#seed}, after ${seconds} simulated seconds, issuer ${this.#issuer.misbehaviour}: ${what}`,
    )
  }
}

const nothing: Delivery = { keys: new Set(), lifetime: Number.NaN, requestedAt: Number.NaN }

function kidsOf(keys: ReadonlySet<SoakKey>): string {
  return [...keys]
    .map(({ signer }) => signer.kid)
    .toSorted()
    .join()
}
