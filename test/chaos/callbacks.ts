import {
  authorizationHeader,
  type ClaimsPredicate,
  type IssuerOptions,
  type JwksPublisher,
  type VerifierOptions,
} from '@bearerkit/core'
import { type Answers, behave, type Behaviour, type Effect } from './behaviour.ts'

/** A callback that a request waits for. */
export type Place = 'tokenSource' | 'resolveIssuer' | 'isRevoked' | 'claims' | 'predicate'

/** The expected status for each effect of a callback. */
export const statuses: Readonly<Record<Place, Readonly<Record<Effect, number>>>> = {
  tokenSource: { right: 200, refusal: 401, failure: 503, nonsense: 400 },
  resolveIssuer: { right: 200, refusal: 401, failure: 503, nonsense: 503 },
  isRevoked: { right: 200, refusal: 401, failure: 503, nonsense: 503 },
  claims: { right: 200, refusal: 401, failure: 503, nonsense: 503 },
  predicate: { right: 200, refusal: 403, failure: 500, nonsense: 403 },
}

/** The callbacks of an application. Each behaves as planned for a request, and answers correctly by default. */
export class Callbacks {
  readonly #planned = new Map<string, Behaviour>()
  readonly #tokens = new Map<string, string>()
  readonly #rulesFor: (iss: string) => IssuerOptions
  readonly #nextPublished: () => Behaviour

  /**
   * @param rulesFor returns the correct answer of `resolveIssuer`
   * @param nextPublished returns the next behaviour of the provider of the JWKS route
   */
  constructor(rulesFor: (iss: string) => IssuerOptions, nextPublished: () => Behaviour) {
    this.#rulesFor = rulesFor
    this.#nextPublished = nextPublished
  }

  /** @param id identifies the request for the callback: its `x-id`, or the `iss` or `jti` of its token */
  plan(place: Place, id: string, behaviour: Behaviour): void {
    this.#planned.set(`${place} ${id}`, behaviour)
  }

  /** Stores a token for `tokenSource`. */
  keep(id: string, token: string): void {
    this.#tokens.set(id, token)
  }

  get verification(): VerifierOptions {
    return {
      tokenSource: [authorizationHeader(), ({ headers }) => this.#find(headers['x-id']) as string],
      resolveIssuer: (iss) => {
        const answers = { right: this.#rulesFor(iss), refusal: undefined, nonsense: 'yes' }
        return this.#answer('resolveIssuer', iss, answers) as IssuerOptions
      },
      isRevoked: ({ jti }) => {
        return this.#answer('isRevoked', jti, { right: false, refusal: true, nonsense: 'no' }) as boolean
      },
      claims: { '~standard': { version: 1, vendor: 'by hand', validate: (claims) => this.#validate(claims) as never } },
    }
  }

  get predicate(): ClaimsPredicate {
    return ({ jti }) => {
      return this.#answer('predicate', jti, { right: true, refusal: false, nonsense: 'yes' }) as boolean
    }
  }

  get publisher(): JwksPublisher {
    const answers = { right: { keys: [] }, refusal: undefined, nonsense: 'yes' }
    return {
      publishedJwks: () => behave(this.#nextPublished(), answers) as ReturnType<JwksPublisher['publishedJwks']>,
      nextKeyChange: () => Infinity,
    }
  }

  #find(id: unknown): unknown {
    return this.#answer('tokenSource', id, { right: this.#tokens.get(String(id)), refusal: undefined, nonsense: 5 })
  }

  #validate(claims: unknown): unknown {
    const refusal = { issues: [{ message: 'not these claims' }] }
    return this.#answer('claims', (claims as { jti: string }).jti, { right: { value: claims }, refusal, nonsense: {} })
  }

  #answer(place: Place, id: unknown, answers: Answers): unknown {
    return behave(this.#planned.get(`${place} ${String(id)}`) ?? 'answers at once', answers)
  }
}
