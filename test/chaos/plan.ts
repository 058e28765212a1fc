import type { TestIssuer } from '@bearerkit/testing'
import type { Ending } from './ask.ts'
import { allBehaviours, type Behaviour, effectOf } from './behaviour.ts'
import { type Callbacks, type Place, statuses } from './callbacks.ts'
import type { Random } from './random.ts'

/** A request, and its allowed endings if nothing disturbs it. */
export interface Plan {
  readonly title: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly allowed: readonly Ending[]
  /** The behaviour of the callback that the request waits for, if one misbehaves. */
  readonly behaviour?: Behaviour
}

/** The `iss` of good tokens, and of tokens whose issuer never answers with its keys. */
export const issuers = { good: 'urn:good', silent: 'urn:silent' } as const

/** Plans all kinds of requests. */
export class Planner {
  readonly #random: Random
  readonly #issuer: TestIssuer
  readonly #callbacks: Callbacks
  #planned = 0

  constructor(random: Random, issuer: TestIssuer, callbacks: Callbacks) {
    this.#random = random
    this.#issuer = issuer
    this.#callbacks = callbacks
  }

  /** Plans a random request. In most of them a callback misbehaves. */
  any(): Promise<Plan> {
    const trouble = (): Promise<Plan> => this.#trouble(this.#random.pick(places), this.#random.pick(allBehaviours))
    const kinds = [trouble, trouble, trouble, trouble, () => this.bad(), () => this.#unavailable(), () => this.#jwks()]
    return this.#random.pick(kinds)()
  }

  async good(): Promise<Plan> {
    return { title: 'a good token', path: '/asked', ...(await this.#bearing({})), allowed: [200] }
  }

  /** Plans a request with bad credentials. */
  async bad(): Promise<Plan> {
    const { forged } = this.#issuer
    const iss = issuers.good
    const [title, authorization, status] = this.#random.pick([
      ['no credentials', undefined, 401],
      ['a scheme without a token', 'Bearer', 400],
      ['an opaque token', 'Bearer opaque', 401],
      ['an unsigned token', `Bearer ${await forged.algNone()}`, 401],
      ['an expired token', `Bearer ${await this.#issuer.forge({ claims: { iss, exp: 1 } })}`, 401],
      ['a token that was changed', `Bearer ${await this.#issuer.forge({ claims: { iss }, compact: spoilt })}`, 401],
    ] as const)
    return { title, path: '/me', headers: authorization === undefined ? {} : { authorization }, allowed: [status] }
  }

  async #trouble(place: Place, behaviour: Behaviour): Promise<Plan> {
    const id = this.#nextId()
    const iss = place === 'resolveIssuer' ? `urn:tenant:${id}` : issuers.good
    this.#callbacks.plan(place, place === 'resolveIssuer' ? iss : id, behaviour)
    const title = `${place} ${behaviour}`
    const allowed = [statuses[place][effectOf(behaviour)]]
    const path = place === 'predicate' ? '/asked' : '/me'
    const { headers } = await this.#bearing({ iss, jti: id })
    if (place !== 'tokenSource') return { title, path, headers, allowed, behaviour }
    this.#callbacks.keep(id, headers.authorization.slice('Bearer '.length))
    return { title, path, headers: { 'x-id': id }, allowed, behaviour }
  }

  async #unavailable(): Promise<Plan> {
    const { headers } = await this.#bearing({ iss: issuers.silent })
    return { title: 'an issuer that is silent', path: '/me', headers, allowed: [503] }
  }

  async #jwks(): Promise<Plan> {
    return { title: 'the JWKS', path: '/.well-known/jwks.json', headers: {}, allowed: [200, 500] }
  }

  async #bearing(claims: Readonly<Record<string, string>>): Promise<{ headers: { authorization: string } }> {
    const token = await this.#issuer.forge({ claims: { iss: issuers.good, jti: this.#nextId(), ...claims } })
    return { headers: { authorization: `Bearer ${token}` } }
  }

  #nextId(): string {
    this.#planned += 1
    return `request-${this.#planned}`
  }
}

const places = Object.keys(statuses) as Place[]

/** Changes the signature. */
function spoilt(token: string): string {
  return token.slice(0, -4) + (token.endsWith('AAAA') ? 'BBBB' : 'AAAA')
}
