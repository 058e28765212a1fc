import { createDpopClient, type DpopClient } from '@bearerkit/testing'
import { Authenticator } from '../../../src/http/authenticator.ts'
import type { HttpRequest } from '../../../src/http-message.ts'
import type { DpopOptions } from '../../../src/jwt/binding/dpop-options.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'

export const origin = 'https://api.example.com'

/** An issuer, a client with a DPoP key, and a clock for both and for the server. */
export class DpopSetting {
  readonly foreign = new ForeignIssuer()
  readonly token: string
  readonly client: DpopClient
  readonly clock: ManualClock

  private constructor(client: DpopClient, clock: ManualClock) {
    this.client = client
    this.clock = clock
    this.token = this.tokenWith({ jkt: client.jkt })
  }

  static async create(alg = 'ES256'): Promise<DpopSetting> {
    const clock = new ManualClock()
    return new DpopSetting(await createDpopClient({ alg, clock }), clock)
  }

  tokenWith(cnf: unknown, claims: object = {}): string {
    const exp = this.clock.seconds() + 36_000
    return this.foreign.sign({ iss: issuer, aud: audience, sub: 'user-1', exp, cnf, ...claims })
  }

  authenticator(dpop: boolean | DpopOptions = true, options: VerifierOptions = {}): Authenticator {
    const { fetch } = new FakeFetch({ [jwksUrl]: this.foreign.jwks })
    const given = dpop === true ? { publicUrl: origin } : dpop
    return new Authenticator({ issuer, audience, jwksUrl, clock: this.clock, fetch, dpop: given, ...options })
  }

  /** A request with the bound token and a proof. Without a proof, a good one is made. */
  async request({ proof, ...more }: Partial<HttpRequest> & { readonly proof?: string } = {}): Promise<HttpRequest> {
    const dpop = proof ?? (await this.client.proof({ url: `${origin}/me`, token: this.token }))
    return { method: 'GET', url: '/me', headers: { authorization: `DPoP ${this.token}`, dpop }, ...more }
  }

  async ask(
    authenticator: Authenticator,
    request: HttpRequest | Promise<HttpRequest> = this.request(),
  ): Promise<Outcome> {
    const asked = await request
    return outcomeOf((continuation) => authenticator.authenticate(asked, continuation))
  }
}
