import type { IssueClaims } from '@bearerkit/core'
import type { TokenChange } from '../forge.ts'
import { keySigner } from '../signer.ts'
import { type ContractRequest, me } from './client.ts'
import type { Outcome } from './outcomes.ts'
import type { AppOptionsFor, Cast } from './stage.ts'

/** One row of the contract's status table: what is sent, and what every framework answers, byte for byte. */
export interface StatusRow extends Outcome {
  readonly title: string
  readonly options?: AppOptionsFor | undefined
  readonly request: RequestFor
}

export type RequestFor = (cast: Cast) => ContractRequest | Promise<ContractRequest>

/** With a good token that has these claims. */
export function issued(claims: IssueClaims = {}, more: Partial<ContractRequest> = {}): RequestFor {
  return async ({ issuer }) => me(`Bearer ${await issuer.issue(claims)}`, more)
}

/** With a token that the issuer signed, however strange. */
export function forged(change: TokenChange, more: Partial<ContractRequest> = {}): RequestFor {
  return async ({ issuer }) => me(`Bearer ${await issuer.forge(change)}`, more)
}

/** With a token in the issuer's name, signed by the other one under the issuer's kid. */
export function signedByOther(change: TokenChange = {}, more: Partial<ContractRequest> = {}): RequestFor {
  return async ({ issuer, other }) => {
    const signer = keySigner(await other.keys.signingKey('test'))
    return me(`Bearer ${await issuer.forge({ ...change, signer })}`, more)
  }
}
