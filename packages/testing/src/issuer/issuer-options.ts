import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { asymmetricSignatureAlgorithms, type Clock, ConfigurationError, type SignatureAlgorithm } from '@bearerkit/core'
import type { TestClient } from './endpoints/client-requests.ts'

/** The options of `createTestIssuer`. */
export interface TestIssuerOptions {
  /** The algorithm of its key. It must be asymmetric, because a JWKS publishes no secrets. Default `'ES256'`. */
  alg?: SignatureAlgorithm | (string & {})
  /** The `aud` of its tokens, unless `verifierOptions()` names another one. Default `'https://api.example.com'`. */
  audience?: string
  /** The path of the issuer URL, such as `'/tenant'`. Default: none. */
  path?: string
  /** The clock for the times in its tokens. Default: the system clock. */
  clock?: Clock
  /** The credentials of its client. Default: the id `test-client` and a random secret. */
  client?: Partial<TestClient>
  /** Members of its metadata to set, such as an `authorization_endpoint`; undefined removes one. */
  metadata?: Readonly<Record<string, unknown>>
}

/** The options of an issuer on a real socket. */
export interface ListeningOptions extends TestIssuerOptions {
  /** The port to listen on. Default: a free one. */
  port?: number
  /**
   * The name or address to listen on. Default `'127.0.0.1'`. Anybody who reaches the issuer can read what it publishes, and
   * whatever `otherwise` offers, so think twice before you name another one.
   */
  host?: string
  /**
   * The origin in its URLs, such as `'http://issuer:9000'`, if its clients do not reach it at its own address, as between
   * containers. Default: its address, or a loopback address if it listens on all.
   */
  origin?: string
  /**
   * Answers requests for paths that are not the issuer's, such as a page. Faults do not concern them, and they are
   * not logged. Default: they get 404.
   */
  otherwise?: RequestListener
}

/** The checked options with defaults. */
export interface IssuerSettings {
  readonly alg: string
  readonly audience: string
  readonly path: string
  readonly clock: Clock | undefined
  readonly client: TestClient
  readonly metadata: Readonly<Record<string, unknown>> | undefined
}

/** @throws ConfigurationError naming the option */
export function readTestIssuerOptions(
  owner: string,
  { alg = 'ES256', audience = 'https://api.example.com', path = '', clock, client, metadata }: TestIssuerOptions,
): IssuerSettings {
  if (!asymmetricSignatureAlgorithms.includes(alg))
    throw new ConfigurationError(`${owner}: option \`alg\` must be an asymmetric signature algorithm`, 'alg')
  if (!/^(?:\/[\w.~-]+)*$/.test(path))
    throw new ConfigurationError(`${owner}: option \`path\` must be empty or a path such as \`/tenant\``, 'path')
  const credentials = { clientId: 'test-client', clientSecret: randomUUID(), ...client }
  return { alg, audience, path, clock, client: credentials, metadata }
}

/** @throws ConfigurationError naming the option */
export function checkOrigin(owner: string, origin: string | undefined): void {
  if (origin === undefined || /^https?:\/\/[\w.:[\]-]+$/.test(origin)) return
  throw new ConfigurationError(`${owner}: option \`origin\` must be an origin such as \`http://issuer:9000\``, 'origin')
}
