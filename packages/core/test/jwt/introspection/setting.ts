import type { IntrospectionOptions } from '../../../src/jwt/introspection/introspection-options.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'

export const endpoint = `${issuer}/introspect`
export const credentials = { clientId: 'orders', clientSecret: 'secret' }

type Answer = object | number | ((init: RequestInit) => Response | Promise<Response>)

/** An issuer that is asked about opaque tokens, and a verifier that asks it. The clock moves only if the test says so. */
export class IntrospectedIssuer {
  readonly clock = new ManualClock()
  readonly keys = new ForeignIssuer()
  readonly verifier: TokenVerifier
  readonly #fetch: FakeFetch

  constructor(answer: Answer, introspection: Partial<IntrospectionOptions> = {}, options: VerifierOptions = {}) {
    const metadata = { issuer, jwks_uri: jwksUrl, introspection_endpoint: endpoint }
    this.#fetch = new FakeFetch({
      [endpoint]: answer,
      [jwksUrl]: this.keys.jwks,
      [`${issuer}/.well-known/openid-configuration`]: metadata,
    })
    this.verifier = new TokenVerifier({
      issuer,
      audience,
      jwksUrl,
      clock: this.clock,
      fetch: this.#fetch.fetch,
      introspection: { endpoint, ...credentials, ...introspection },
      ...options,
    })
  }

  /** An answer about a token that passes, with changes. Undefined members are left out. */
  active(change: object = {}): object {
    const answer = { active: true, sub: 'user-1', aud: audience, exp: this.clock.seconds() + 600, ...change }
    return JSON.parse(JSON.stringify(answer)) as object
  }

  answer(answer: Answer, url = endpoint): void {
    this.#fetch.answers.set(url, answer)
  }

  get urls(): readonly string[] {
    return this.#fetch.urls
  }

  /** The requests to the endpoint. */
  get questions(): readonly {
    readonly headers: Headers
    readonly form: URLSearchParams
    readonly init: RequestInit
  }[] {
    return this.#fetch.requests
      .filter(({ url }) => url === endpoint)
      .map(({ init }) => ({ headers: new Headers(init.headers), form: new URLSearchParams(init.body as string), init }))
  }

  /** Returns the code of the error, or 'passes'. */
  async outcome(token = 'opaque-token'): Promise<string> {
    try {
      await this.verifier.verify(token)
      return 'passes'
    } catch (error) {
      const { code, claim } = error as { code?: string; claim?: string }
      return [code ?? String(error), claim].filter((part) => part !== undefined).join(' ')
    }
  }
}
