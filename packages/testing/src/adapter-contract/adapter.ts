import type { Server } from 'node:http'
import type {
  ClaimsPredicate,
  JwksEndpointOptions,
  JwksPublisher,
  ResourceMetadataOptions,
  VerifierOptions,
} from '@bearerkit/core'

/** What the app of a contract test is made with. */
export interface ContractAppOptions {
  /** For `verifyJwt`. */
  readonly verify: VerifierOptions
  /** For `jwksHandler`. */
  readonly keys: JwksPublisher
  readonly jwks: JwksEndpointOptions
  /** For `resourceMetadataHandler`; undefined for no such route. */
  readonly metadata: ResourceMetadataOptions | undefined
  /** For the guard of `/asked`. */
  readonly predicate: ClaimsPredicate
  /** Whether the app parses urlencoded bodies, before tokens are looked for. A parameter that is repeated is an array. */
  readonly parsesForms: boolean
  /** Whether the app has an error handler of its own, which answers `shownError(error)` as JSON with the error's status. */
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
 * | all methods of `/.well-known/oauth-protected-resource/mcp` | open: `resourceMetadataHandler(verify, metadata)` |
 * | `GET /unguarded/…` | open, but with each guard of `contractGuards`, at its path |
 * | `GET`, `POST` and `OPTIONS /me` | after `verifyJwt(verify)`: `shownAuth(auth)` as JSON |
 * | `GET /…` | the same, with each guard of `contractGuards`, at its path |
 *
 * Rejects, or throws, if `verifyJwt` does.
 */
export type StartContractApp = (options: ContractAppOptions) => Promise<RunningApp>

export interface RunningApp {
  /** Listening. */
  readonly server: Server
  close(): Promise<void>
}
