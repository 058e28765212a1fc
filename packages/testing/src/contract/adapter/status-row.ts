import type { IssueClaims } from '@bearerkit/core'
import type { TokenChange } from '../../tokens/forge.ts'
import { ownKeySigner } from '../../tokens/signer.ts'
import { type ContractRequest, me } from './client.ts'
import type { Outcome } from './outcomes.ts'
import type { AppOptionsFor, Cast } from './stage.ts'

/** A row of the contract's status table: the request, and the answer of every framework, byte for byte. */
export interface StatusRow extends Outcome {
  readonly title: string
  readonly options?: AppOptionsFor | undefined
  readonly request: RequestFor
  /** The `reason` of the refusal, in an app with an error handler, which answers it. */
  readonly reason?: string | undefined
}

export type RequestFor = (cast: Cast) => ContractRequest | Promise<ContractRequest>

/** Sends a good token with these claims. */
export function issued(claims: IssueClaims = {}, more: Partial<ContractRequest> = {}): RequestFor {
  return async ({ issuer }) => me(`Bearer ${await issuer.issue(claims)}`, more)
}

/** Sends a changed token that the issuer signed. */
export function forged(change: TokenChange, more: Partial<ContractRequest> = {}): RequestFor {
  return async ({ issuer }) => me(`Bearer ${await issuer.forge(change)}`, more)
}

/** Sends a token in the issuer's name and with its `kid`, but signed by the other issuer. */
export function signedByOther(change: TokenChange = {}, more: Partial<ContractRequest> = {}): RequestFor {
  return async ({ issuer, other }) => {
    const signer = await ownKeySigner(other.keys, 'test')
    return me(`Bearer ${await issuer.forge({ ...change, signer })}`, more)
  }
}
