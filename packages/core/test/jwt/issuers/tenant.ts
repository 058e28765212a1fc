import type { IssuerOptions } from '../../../src/jwt/issuers/issuer-options.ts'
import type { ManualClock } from '../../support/clock.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer } from '../../support/foreign-issuer.ts'

/** An issuer with its own name and keys. All tenants use the same kid, so tests show that keys are bound to issuers. */
export class Tenant extends ForeignIssuer {
  readonly iss: string
  readonly jwksUrl: string
  readonly #clock: ManualClock

  constructor(name: string, clock: ManualClock) {
    super('same-kid')
    this.iss = `https://${name}.example.com`
    this.jwksUrl = `${this.iss}/jwks`
    this.#clock = clock
  }

  issue(claims: object = {}, header: object = {}): string {
    const now = this.#clock.seconds()
    const standard = { iss: this.iss, aud: audience, sub: 'user-1', exp: now + 8 * 60 * 60, iat: now }
    return this.sign({ ...standard, ...claims }, { alg: 'ES256', kid: this.kid, ...header })
  }

  get options(): IssuerOptions {
    return { issuer: this.iss, audience, jwksUrl: this.jwksUrl }
  }
}

/** Serves the JWKS of each tenant. */
export function published(...tenants: readonly Tenant[]): FakeFetch {
  return new FakeFetch(Object.fromEntries(tenants.map(({ jwksUrl, jwks }) => [jwksUrl, jwks])))
}
