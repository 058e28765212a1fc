import type { IntrospectionOptions, IssueClaims, VerifierOptions } from '@bearerkit/core'
import type { OpaqueTokenChange } from '../../../issuer/opaque-tokens.ts'
import { type ContractRequest, me } from '../client.ts'
import type { AppOptionsFor, Cast } from '../stage.ts'
import type { RequestFor } from '../status-row.ts'

/** Describes an app that asks the issuer about opaque tokens, and whose error handler shows the `reason`. */
export function asking(introspection: Partial<IntrospectionOptions> = {}, more: VerifierOptions = {}): AppOptionsFor {
  return ({ issuer }) => {
    return { verify: { introspection: { ...issuer.client, ...introspection }, ...more }, ownErrorHandler: true }
  }
}

/** Sends an opaque token with these claims. */
export function opaque(claims: IssueClaims = {}, more: Partial<ContractRequest> = {}): RequestFor {
  return async ({ issuer }) => me(`Bearer ${await issuer.issueOpaque(claims)}`, more)
}

/** Sends an opaque token about which the issuer gives another answer. */
export function answered(changeFor: (cast: Cast) => OpaqueTokenChange): RequestFor {
  return async (cast) => me(`Bearer ${await cast.issuer.forgeOpaque(changeFor(cast))}`)
}
