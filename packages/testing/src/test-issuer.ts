import { createPublicKey } from 'node:crypto'
import {
  asymmetricSignatureAlgorithms,
  type Clock,
  ConfigurationError,
  type IssueClaims,
  type IssueOptions,
  LocalKeyProvider,
  type SignatureAlgorithm,
  TokenIssuer,
} from '@bearerkit/core'
import { type DocumentName, IssuerDocuments } from './documents.ts'
import type { Fault } from './fault.ts'
import { createForge, type Forge } from './forge.ts'
import { createForgedTokens, type ForgedTokens } from './forged-tokens.ts'
import { IssuerServer } from './issuer-server.ts'
import type { RequestLog } from './request-log.ts'

export interface TestIssuerOptions {
  /** The algorithm of its key: an asymmetric one, for a JWKS publishes no secrets. Default `'ES256'`. */
  alg?: SignatureAlgorithm | (string & {})
  /** The `aud` of its tokens. Default `'https://api.example.com'`. */
  audience?: string
  /** The path of the issuer URL, such as `'/tenant'`. Default: none. */
  path?: string
  /** What its tokens' times are taken from. Default: the system's. */
  clock?: Clock
}

interface TestIssuerSettings {
  readonly server: IssuerServer
  readonly keys: LocalKeyProvider
  readonly alg: string
  readonly audience: string
  readonly path: string
  readonly clock: Clock
}

const kid = 'test'

/**
 * Starts a token issuer on a free port of 127.0.0.1. It does not keep the process alive, so a forgotten `close()` is
 * harmless. A program that only runs the issuer has to keep itself alive.
 *
 * ```ts
 * import { createTestIssuer } from '@bearerkit/testing'
 *
 * const issuer = await createTestIssuer()
 * // The server under test: verifyJwt({ issuer: issuer.issuer, audience: issuer.audience })
 * const good = await issuer.issue({ scope: 'reports:read' }) // 200
 * const bad = await issuer.forged.expired() // 401
 * issuer.fail({ kind: 'down' })
 * await issuer.close()
 * ```
 *
 * @throws ConfigurationError naming the option
 */
export async function createTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { alg = 'ES256', audience = 'https://api.example.com', path = '', clock = { now: () => Date.now() } } = options
  if (!asymmetricSignatureAlgorithms.includes(alg)) {
    throw new ConfigurationError('createTestIssuer: option `alg` must be an asymmetric signature algorithm', 'alg')
  }
  if (!/^(?:\/[\w.~-]+)*$/.test(path)) {
    throw new ConfigurationError('createTestIssuer: option `path` must be empty, or such as `/tenant`', 'path')
  }
  const keys = new LocalKeyProvider({ clock })
  await keys.createKey({ alg, kid })
  return new TestIssuer({ server: await IssuerServer.listen(), keys, alg, audience, path, clock })
}

/** A token issuer on a real socket: see {@link createTestIssuer}. It issues good tokens, forges bad ones, and fails on demand. */
export class TestIssuer {
  /** Its URL, without a slash at the end: the `iss` of its tokens. */
  readonly issuer: string
  readonly jwksUrl: string
  /** The `aud` of its tokens. */
  readonly audience: string
  /** What it signs with, and publishes. Its key has the kid `test`. */
  readonly keys: LocalKeyProvider
  /** What it was asked. */
  readonly requests: RequestLog
  /** Makes a token that is a good one but for what is named: `{ claims: { sub: undefined } }` has none, and is validly signed. */
  readonly forge: Forge
  /** Bad tokens, ready made: `await issuer.forged.wrongKey()`. */
  readonly forged: ForgedTokens
  readonly #tokens: TokenIssuer
  readonly #server: IssuerServer

  /** @internal Use {@link createTestIssuer}. */
  constructor({ server, keys, alg, audience, path, clock }: TestIssuerSettings) {
    this.issuer = `${server.origin}${path}`
    this.jwksUrl = `${this.issuer}/jwks.json`
    this.audience = audience
    this.keys = keys
    this.requests = server.requests
    this.#tokens = new TokenIssuer({ keys, issuer: this.issuer, audience, clock })
    this.forge = createForge(() => this.issue(), keys)
    const publicKey = async () => createPublicKey({ key: await keys.getPublicJwk(kid), format: 'jwk' })
    this.forged = createForgedTokens({ forge: this.forge, alg, clock, publicKey })
    this.#server = server
    server.serve(new IssuerDocuments(this, keys))
  }

  /** Issues a good token. `sub` is `'user-1'` unless the claims say otherwise. */
  async issue(claims: IssueClaims = {}, options: IssueOptions = {}): Promise<string> {
    return this.#tokens.issue({ sub: 'user-1', ...claims }, options)
  }

  /** Signs with a new key from now on. The JWKS has both, and older tokens still verify. */
  async rotateKey(): Promise<void> {
    await this.keys.rotateKey(kid)
  }

  /**
   * Fails from the next request on, until {@link TestIssuer.recover}. `only` limits the fault to one document.
   */
  fail(fault: Fault, options: { readonly only?: DocumentName } = {}): void {
    this.#server.fail(fault, options.only)
  }

  /** Answers again, at the same URL. Requests that hang or stall are past help. */
  recover(): void {
    this.#server.recover()
  }

  /** Ends the server and every connection, at once. */
  async close(): Promise<void> {
    await this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
