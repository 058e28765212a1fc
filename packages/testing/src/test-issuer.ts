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
import { createForge, type Forge, jsonSegmentsOf } from './forge.ts'
import { createForgedTokens, type ForgedTokens } from './forged-tokens.ts'
import { Introspection, type TestClient } from './introspection.ts'
import { IssuerServer } from './issuer-server.ts'
import { type OpaqueTokenChange, OpaqueTokens } from './opaque-tokens.ts'
import type { RequestLog } from './request-log.ts'

export interface TestIssuerOptions {
  /** The algorithm of its key. It must be asymmetric, because a JWKS publishes no secrets. Default `'ES256'`. */
  alg?: SignatureAlgorithm | (string & {})
  /** The `aud` of its tokens. Default `'https://api.example.com'`. */
  audience?: string
  /** The path of the issuer URL, such as `'/tenant'`. Default: none. */
  path?: string
  /** The clock for the times in its tokens. Default: the system clock. */
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
 * harmless. A program that only runs the issuer must keep itself alive.
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
    throw new ConfigurationError('createTestIssuer: option `path` must be empty or a path such as `/tenant`', 'path')
  }
  const keys = new LocalKeyProvider({ clock })
  await keys.createKey({ alg, kid })
  return new TestIssuer({ server: await IssuerServer.listen(), keys, alg, audience, path, clock })
}

/** The options of `issue` that do not concern the signature. */
export type OpaqueIssueOptions = Pick<IssueOptions, 'expiresIn' | 'audience' | 'boundTo'>

/** A token issuer on a real socket: see {@link createTestIssuer}. Issues good tokens, forges bad ones. */
export class TestIssuer {
  /** Its URL without a trailing slash: the `iss` of its tokens. */
  readonly issuer: string
  readonly jwksUrl: string
  /** The `aud` of its tokens. */
  readonly audience: string
  /** The keys that it signs with and publishes. Its key has the kid `test`. */
  readonly keys: LocalKeyProvider
  /** The requests that it received. */
  readonly requests: RequestLog
  /** Creates a good token with a change: `{ claims: { sub: undefined } }` removes `sub`. The signature stays valid. */
  readonly forge: Forge
  /** Bad tokens by name: `await issuer.forged.wrongKey()`. */
  readonly forged: ForgedTokens
  /** May ask about tokens: `verifyJwt({ issuer, audience, introspection: issuer.client })`. Any other client gets 401. */
  readonly client: TestClient
  readonly #tokens: TokenIssuer
  readonly #opaque = new OpaqueTokens()
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
    const introspection = new Introspection({ issuer: this.issuer, keys, clock, tokens: this.#opaque })
    this.client = introspection.client
    server.serve(new IssuerDocuments(this, keys, introspection))
  }

  /** Issues a good token. `sub` is `'user-1'` unless the claims say otherwise. */
  async issue(claims: IssueClaims = {}, options: IssueOptions = {}): Promise<string> {
    return this.#tokens.issue({ sub: 'user-1', ...claims }, options)
  }

  /** Issues a good opaque token, such as `opaque_Zm9v…`. Introspection (RFC 7662) tells the claims that `issue` would sign. */
  async issueOpaque(claims: IssueClaims = {}, options: OpaqueIssueOptions = {}): Promise<string> {
    return this.#opaque.create(await this.#claims(claims, options))
  }

  /**
   * Creates an opaque token about which introspection gives another answer, or none: `{ answer: { active: false } }`,
   * `{ fault: { kind: 'hang' } }`. A fault that {@link TestIssuer.fail} sets takes precedence.
   */
  async forgeOpaque(change: OpaqueTokenChange = {}): Promise<string> {
    return this.#opaque.create(await this.#claims(), change)
  }

  /** Revokes a token, opaque or JWT: introspection tells from now on that it is not active. */
  revoke(token: string): void {
    this.#opaque.revoke(token)
  }

  /** Signs with a new key from now on. The JWKS contains both keys, and older tokens still verify. */
  async rotateKey(): Promise<void> {
    await this.keys.rotateKey(kid)
  }

  /**
   * Fails from the next request until {@link TestIssuer.recover} is called. `only` limits the fault to one document.
   */
  fail(fault: Fault, options: { readonly only?: DocumentName } = {}): void {
    this.#server.fail(fault, options.only)
  }

  /** Answers again at the same URL. Requests that already hang or stall stay unanswered. */
  recover(): void {
    this.#server.recover()
  }

  /** Closes the server and every connection immediately. */
  async close(): Promise<void> {
    await this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #claims(claims?: IssueClaims, options?: OpaqueIssueOptions): Promise<Readonly<Record<string, unknown>>> {
    const [, issued] = jsonSegmentsOf(await this.issue(claims, options))
    return issued
  }
}
