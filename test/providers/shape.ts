import type { VerifierOptions } from '@bearerkit/core'
import type { PublicMembers, Token } from '../documented/keys.ts'

/**
 * A row of a table on a provider's page: a token, and the status of the answer. If the name ends with `` at `/orders` ``,
 * that route is asked, and `/me` otherwise. The reason is what a verifier says that only knows the issuer and the audience.
 * `passes`, the default, means that it accepts the token. So if the recipe refuses it, something else in the recipe does.
 */
export type Row = readonly [what: string, token: Token | string, status: 200 | 401 | 403, reason?: string]

export interface Recipe {
  /** The options that a reader would try first. */
  readonly plain: VerifierOptions
  readonly rows: readonly Row[]
}

/** What a provider publishes, and the recipes on its page. The keys are our own. */
export interface Provider {
  /** The documents by URL. */
  readonly documents: (key: PublicMembers) => Readonly<Record<string, unknown>>
  /** By the heading of their section. */
  readonly recipes: Readonly<Record<string, Recipe>>
}
