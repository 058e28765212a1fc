import type { IssueClaims } from '@bearerkit/core'
import { createDpopClient, type DpopClient, type ProvenRequest } from '../../../dpop/dpop-client.ts'
import type { TokenChange } from '../../../tokens/forge.ts'
import type { ContractRequest } from '../client.ts'
import type { Cast } from '../stage.ts'
import type { RequestFor } from '../status-row.ts'

/** The `publicUrl` of the apps, so that a proof does not depend on their port. */
export const publicUrl = 'https://api.example.com'

let started: Promise<DpopClient> | undefined

/** The client of all cases. */
export function dpopClient(): Promise<DpopClient> {
  started ??= createDpopClient()
  return started
}

/** The parts of a request with a proof. Each has a default that makes the request a good one. */
export interface DpopRequest extends Partial<ContractRequest> {
  /** The URL in the proof. Default: `publicUrl` and the path. */
  readonly url?: string
  readonly nonce?: string | undefined
  readonly claims?: IssueClaims
  readonly change?: TokenChange
  /** Makes the proof. */
  readonly make?: (client: DpopClient, request: ProvenRequest) => string | string[] | Promise<string | string[]>
}

/** Sends a token that is bound to the client's key, with a proof. */
export function proven({ url, nonce, claims, change, make, ...request }: DpopRequest = {}): RequestFor {
  return async ({ issuer }) => {
    const client = await dpopClient()
    const { path = '/me', method = 'GET', headers } = request
    const token = await issuer.issue(claims, { boundTo: { jkt: client.jkt } })
    const forRequest = { method, url: url ?? `${publicUrl}${path}`, token, nonce }
    const dpop = await (make?.(client, forRequest) ?? client.proof(forRequest, change))
    return { ...request, path, headers: { authorization: `DPoP ${token}`, dpop, ...headers } }
  }
}

/** Sends a token with this `cnf` in a scheme, with a proof for it. */
export function presented(scheme: string, cnfFor: (jkt: string) => unknown): RequestFor {
  return async ({ issuer }: Cast) => {
    const client = await dpopClient()
    const token = await issuer.forge({ claims: { cnf: cnfFor(client.jkt) } })
    const dpop = await client.proof({ url: `${publicUrl}/me`, token })
    return { path: '/me', headers: { authorization: `${scheme} ${token}`, dpop } }
  }
}
