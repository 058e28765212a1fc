import type { Server } from 'node:http'
import type { JwksEndpointOptions, JwksPublisher, VerifierOptions } from '@bearerkit/core'

/** What the app of a contract test is made with. */
export interface ContractAppOptions {
  /** For `verifyJwt`. */
  readonly verify: VerifierOptions
  /** For `jwksHandler`. */
  readonly keys: JwksPublisher
  readonly jwks: JwksEndpointOptions
  /** Whether the app has an error handler of its own, which answers `{ own: true, code }` with the error's status. */
  readonly ownErrorHandler: boolean
}

/** The header limit of the app's server, in bytes: long tokens are to reach the middleware. */
export const contractMaxHeaderSize = 65_536

/**
 * Starts, in the adapter's framework, an app on a free port of 127.0.0.1 whose server has {@link contractMaxHeaderSize}:
 *
 * | route | |
 * | --- | --- |
 * | `GET /public` | open: `{ "public": true }` |
 * | all methods of `/.well-known/jwks.json` | open: `jwksHandler(keys, jwks)` |
 * | `GET /unguarded` | open, but with `requireScopes('reports:read')` |
 * | `GET` and `OPTIONS /me` | after `verifyJwt(verify)`: `{ "claims": …, "scopes": … }`, or `null` for an anonymous request |
 * | `GET /reports` | the same, with `requireScopes('reports:read')` |
 * | `GET /ledger` | the same, with `requireScopes('ledger:read', 'ledger:write')` |
 *
 * Rejects, or throws, if `verifyJwt` does.
 */
export type StartContractApp = (options: ContractAppOptions) => Promise<RunningApp>

export interface RunningApp {
  /** Listening. */
  readonly server: Server
  close(): Promise<void>
}
