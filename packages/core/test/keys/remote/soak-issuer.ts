import { createHash } from 'node:crypto'
import type { JWK } from 'jose'
import type { ManualClock } from '../../support/clock.ts'
import { refuseConnection } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer } from '../../support/foreign-issuer.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'

/** A key of the simulated issuer, and one token of it that never expires. */
export interface SoakKey {
  readonly signer: ForeignIssuer
  readonly token: string
  readonly publishedAt: number
  removedAt: number | undefined
}

export type Misbehaviour =
  | 'none'
  | 'messy'
  | 'slow'
  | 'unreachable'
  | 'hanging'
  | 'stalling'
  | 'cut off'
  | 'empty'
  | 'not keys'
  | 'page'
  | 'too large'
  | 'missing'
  | 'failing'
  | 'busy'
  | 'redirecting'
  | 'unasked 304'

const misbehaviours: readonly Misbehaviour[] = [
  'messy',
  'slow',
  'unreachable',
  'hanging',
  'stalling',
  'cut off',
  'empty',
  'not keys',
  'page',
  'too large',
  'missing',
  'failing',
  'busy',
  'redirecting',
  'unasked 304',
]

/** A good response, as the issuer sent it. */
export interface Delivery {
  readonly keys: ReadonlySet<SoakKey>
  /** In milliseconds. */
  readonly lifetime: number
  /** When it was requested, in milliseconds. */
  readonly requestedAt: number
}

export const soakBounds = { minCacheTtl: 5000, maxCacheTtl: 5 * 60_000, staleIfError: 120_000 }
const metadataUrl = `${issuer}/.well-known/openid-configuration`

/** An in-memory issuer that rotates its keys, moves its JWKS, and fails in many ways. */
export class SoakIssuer {
  readonly #random: SeededRandom
  readonly #clock: ManualClock
  /** The published keys and the recently removed ones. */
  keys: SoakKey[] = []
  requests = 0
  misbehaviour: Misbehaviour = 'none'
  /** The time since which the issuer is healthy. */
  wellSince: number
  /**
   * Good responses that the soak has not processed yet, the latest first: on a busy machine, two fetches can overlap.
   */
  delivered: Delivery[] = []
  #place = 0
  #made = 0
  #answers = 0
  /** The lifetime in seconds, by the entity tag of each response. */
  readonly #declared = new Map<string, number | undefined>()

  constructor(random: SeededRandom, clock: ManualClock) {
    this.#random = random
    this.#clock = clock
    this.wellSince = clock.now()
    this.publish()
  }

  get published(): SoakKey[] {
    return this.keys.filter(({ removedAt }) => removedAt === undefined)
  }

  publish(kid = `k${(this.#made += 1)}`): void {
    const signer = new ForeignIssuer(kid)
    const token = signer.sign({ iss: issuer, aud: audience, exp: 10_000_000_000, jti: String(this.#made) })
    this.keys.push({ signer, token, publishedAt: this.#clock.now(), removedAt: undefined })
  }

  remove(key: SoakKey): void {
    key.removedAt = this.#clock.now()
    const oldest = this.keys.find(({ removedAt }) => removedAt !== undefined)
    if (this.keys.length > 8) this.keys = this.keys.filter((one) => one !== oldest)
  }

  /** Removes the oldest key, adds a new one, or gives the oldest new material. */
  rotate(): void {
    const { published } = this
    const [oldest] = published
    if (published.length < 2 || (published.length < 5 && this.#random.chance(0.5))) return this.publish()
    if (oldest === undefined) return
    this.remove(oldest)
    if (this.#random.chance(0.2)) this.publish(oldest.signer.kid)
  }

  move(): void {
    this.#place += 1
    this.wellSince = this.#clock.now()
  }

  behave(misbehaviour = this.#random.chance(0.45) ? 'none' : this.#random.pick(misbehaviours)): void {
    if (misbehaviour !== 'none' || this.misbehaviour !== 'none') this.wellSince = this.#clock.now()
    this.misbehaviour = misbehaviour
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.requests += 1
    const requestedAt = this.#clock.now()
    const isCurrent = url === metadataUrl || url === this.#jwksUrl
    const misbehaviour = isCurrent
      ? this.misbehaviour
      : this.#random.pick(['missing', 'hanging', 'unreachable'] as const)
    // Metadata and keys do not always fail together.
    if (misbehaviour !== 'none' && !(url === metadataUrl && this.#random.chance(0.5))) {
      const answer = await this.#misbehave(misbehaviour, init)
      if (answer !== undefined) return answer
    }
    return url === metadataUrl ? Response.json({ issuer, jwks_uri: this.#jwksUrl }) : this.#deliver(init, requestedAt)
  }

  get #jwksUrl(): string {
    return `${issuer}/jwks/${this.#place}`
  }

  async #misbehave(misbehaviour: Misbehaviour, init: RequestInit): Promise<Response | undefined> {
    const answers: Readonly<Record<Misbehaviour, () => Response | undefined | Promise<Response | undefined>>> = {
      none: () => undefined,
      messy: () => undefined,
      slow: () => {
        this.#clock.advance(this.#random.between(100, 2000))
        return undefined
      },
      unreachable: refuseConnection,
      hanging: () => this.#hang(init),
      stalling: () => new Response(new ReadableStream({ pull: () => this.#hang(init) })),
      'cut off': () => new Response('{"keys":[{"kty":"EC","crv":'),
      empty: () => Response.json({ keys: [] }),
      'not keys': () => Response.json({ keys: [null, { kty: 'oct', k: 'AAAA' }, { kty: 'AKP' }] }),
      page: () => new Response('<!doctype html>'),
      'too large': () => new Response(JSON.stringify({ keys: this.#jwks(), padding: 'x'.repeat(300_000) })),
      missing: () => new Response(null, { status: 404 }),
      failing: () => new Response(null, { status: this.#random.pick([500, 502, 429]) }),
      busy: () => new Response(null, { status: 503, headers: { 'retry-after': this.#random.pick(['1', '20', '60']) } }),
      redirecting: () => new Response(null, { status: 302, headers: { location: 'https://evil.example.com/jwks' } }),
      'unasked 304': () =>
        new Headers(init.headers).has('if-none-match') ? undefined : new Response(null, { status: 304 }),
    }
    return answers[misbehaviour]()
  }

  /** Waits until the deadline, which is five seconds in the simulation. */
  #hang({ signal }: RequestInit): Promise<never> {
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        this.#clock.advance(5000)
        reject(signal.reason as Error)
      })
    })
  }

  #deliver(init: RequestInit, requestedAt: number): Response {
    const { published } = this
    const content = createHash('sha256').update(JSON.stringify(this.#jwks())).digest('base64url')
    const known = new Headers(init.headers).get('if-none-match') ?? ''
    const isKnown = known.startsWith(`"${content}.`)
    const seconds = this.#random.pick([undefined, 0, 10, 30, 60, 1000])
    // RFC 9111 §4.3.4: a 304 that declares no lifetime keeps the lifetime of the stored response.
    const declared = seconds ?? (isKnown ? this.#declared.get(known) : undefined)
    const { minCacheTtl, maxCacheTtl } = soakBounds
    const bounded = Math.min(Math.max((declared ?? 0) * 1000, minCacheTtl), maxCacheTtl)
    const lifetime = declared === undefined ? 5 * 60_000 : bounded
    this.delivered.unshift({ keys: new Set(published), lifetime, requestedAt })
    const etag = `"${content}.${(this.#answers += 1)}"`
    this.#declared.set(etag, declared)
    const headers = { etag, ...(seconds !== undefined && { 'cache-control': `max-age=${seconds}` }) }
    if (isKnown) return new Response(null, { status: 304, headers })
    const mess = [
      null,
      { kty: 'oct', k: 'AAAA', kid: 'junk' },
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: 'pq' },
    ]
    const keys = this.misbehaviour === 'messy' ? [...mess, ...this.#jwks(), ...mess, ...this.#jwks()] : this.#jwks()
    return Response.json({ keys }, { headers })
  }

  #jwks(): JWK[] {
    return this.published.map(({ signer }) => signer.jwk)
  }
}
