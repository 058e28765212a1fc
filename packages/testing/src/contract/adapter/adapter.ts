import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type {
  ClaimsPredicate,
  JwksEndpointOptions,
  JwksPublisher,
  ResourceMetadataOptions,
  VerifierOptions,
} from '@bearerkit/core'
import type { BackChannelOptions } from './back-channel-routes.ts'

/** Describes the app of a contract test. */
export interface ContractAppOptions {
  /** For `verifyJwt`. */
  readonly verify: VerifierOptions
  /** For `jwksHandler`. */
  readonly keys: JwksPublisher
  readonly jwks: JwksEndpointOptions
  /** For `resourceMetadataHandler`. Undefined: no such route. */
  readonly metadata: ResourceMetadataOptions | undefined
  /** For `contractBackChannel`. Undefined: no such routes. */
  readonly backChannel: BackChannelOptions | undefined
  /** For the guard of `/asked`. */
  readonly predicate: ClaimsPredicate
  /** If true, the app parses urlencoded bodies before `verifyJwt` runs. A repeated parameter becomes an array. */
  readonly parsesForms: boolean
  /** If true, the app has an error handler, which answers `shownError(error)` as JSON with the error's status. */
  readonly ownErrorHandler: boolean
  /** If given, the server is an https server with these options. Undefined: it is an http server. */
  readonly tls: ServerOptions | undefined
}

/** The header limit of the app's server, in bytes. High enough that long tokens reach the middleware. */
export const contractMaxHeaderSize = 65_536

/** Creates the server of an app, for frameworks that leave it to Node. */
export function createContractServer({ tls }: Pick<ContractAppOptions, 'tls'>, listener: RequestListener): Server {
  const options = { maxHeaderSize: contractMaxHeaderSize }
  return tls === undefined ? createServer(options, listener) : createTlsServer({ ...options, ...tls }, listener)
}

/**
 * Starts an app in the adapter's framework on a free port of 127.0.0.1, with {@link contractMaxHeaderSize}:
 *
 * | route | |
 * | --- | --- |
 * | `GET /public` | open: `{ "public": true }` |
 * | all methods of `/.well-known/jwks.json` | open: `jwksHandler(keys, jwks)` |
 * | all methods of `/.well-known/oauth-protected-resource/mcp` | open: `resourceMetadataHandler(verify, metadata)` |
 * | all methods of `/revoke`, `/introspect` and `/logout` | open, after the body parser if there is one: each handler of `contractBackChannel` at its path |
 * | `GET /unguarded/…` | without `verifyJwt`, but with each guard of `contractGuards` at its path |
 * | `GET`, `POST` and `OPTIONS /me` | after `verifyJwt(verify)`: `shownAuth(auth)` as JSON |
 * | `GET /…` | the same, with each guard of `contractGuards` at its path |
 *
 * Rejects or throws if `verifyJwt` does.
 */
export type StartContractApp = (options: ContractAppOptions) => Promise<RunningApp>

/** An app that {@link StartContractApp} has started. */
export interface RunningApp {
  /** The server, already listening. */
  readonly server: Server
  /** Ends the server and everything that the app has opened. */
  close(): Promise<void>
}
