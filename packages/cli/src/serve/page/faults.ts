import type { DocumentName, Fault, TestIssuer } from '@bearerkit/testing'

/** The faults that the page offers, by name. */
const faults: Readonly<Record<FaultName, Fault>> = {
  down: { kind: 'down' },
  hang: { kind: 'hang' },
  stall: { kind: 'stall' },
  slow: { kind: 'slow', delay: 3000 },
  error: { kind: 'status', status: 500 },
}

export type FaultName = 'down' | 'hang' | 'stall' | 'slow' | 'error'

export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[]

/** The requests that a fault may concern. `metadata` is at two URLs. */
const documents: Readonly<Record<FaultTarget, readonly (DocumentName | undefined)[]>> = {
  all: [undefined],
  metadata: ['openid-configuration', 'oauth-authorization-server'],
  jwks: ['jwks'],
  token: ['token'],
  introspection: ['introspection'],
  revocation: ['revocation'],
}

export type FaultTarget = 'all' | 'metadata' | 'jwks' | 'token' | 'introspection' | 'revocation'

export const faultTargets: readonly FaultTarget[] = Object.keys(documents) as FaultTarget[]

/** The fault that the issuer has. */
export class FaultSwitch {
  readonly #issuer: TestIssuer
  #current: { readonly name: FaultName; readonly target: FaultTarget } | undefined

  constructor(issuer: TestIssuer) {
    this.#issuer = issuer
  }

  get current(): { readonly name: FaultName; readonly target: FaultTarget } | undefined {
    return this.#current
  }

  /** Replaces the fault. */
  set(name: FaultName, target: FaultTarget): void {
    this.clear()
    for (const only of documents[target]) this.#issuer.fail(faults[name], only === undefined ? {} : { only })
    this.#current = { name, target }
  }

  clear(): void {
    this.#issuer.recover()
    this.#current = undefined
  }
}
