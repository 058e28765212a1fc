import { createPublicKey } from 'node:crypto'
import {
  type AccessTokenClaims,
  type Clock,
  type IssueClaims,
  type IssueOptions,
  LocalKeyProvider,
  TokenIssuer,
  type VerifierOptions,
} from '@bearerkit/core'
import { type AuthorizationOptions, Authorizations, type BearerHeaders, type DpopHeaders } from './authorization.ts'
import { type DocumentName, IssuerDocuments } from './documents.ts'
import { createDpopClient, type DpopClient } from '../dpop/dpop-client.ts'
import type { Fault } from './fault.ts'
import { createForge, type Forge, jsonSegmentsOf } from '../tokens/forge.ts'
import { createForgedTokens, type ForgedTokens } from '../tokens/forged-tokens.ts'
import type { TestClient } from './endpoints/client-requests.ts'
import { Introspection } from './endpoints/introspection.ts'
import { Revocation } from './endpoints/revocation.ts'
import { TokenEndpoint } from './endpoints/token-endpoint.ts'
import type { IssuerSettings } from './issuer-options.ts'
import { IssuerService } from './issuer-service.ts'
import { type OpaqueTokenChange, OpaqueTokens } from './opaque-tokens.ts'
import type { RequestLog } from './request-log.ts'
import { exportPolicy, ownKeySigner } from '../tokens/signer.ts'

/** The options of `issue` that do not concern the signature. */
export type OpaqueIssueOptions = Pick<IssueOptions, 'expiresIn' | 'audience' | 'boundTo'>

/** What an issuer is made of. Keys are created before it, because that takes a promise. */
export interface IssuerParts {
  readonly settings: IssuerSettings
  /** Of its URLs. */
  readonly origin: string
  readonly keys: LocalKeyProvider
  readonly dpopClient: DpopClient
  /** Returns the options that let a verifier reach the issuer. Default: none, it has a URL that everybody can reach. */
  readonly reaching?: (service: IssuerService) => Pick<VerifierOptions, 'fetch'>
}

const kid = 'test'
const systemClock: Clock = { now: () => Date.now() }

/** Creates the keys of an issuer. */
export async function createIssuerKeys({
  alg,
  clock,
}: IssuerSettings): Promise<Pick<IssuerParts, 'keys' | 'dpopClient'>> {
  const keys = new LocalKeyProvider(clock === undefined ? {} : { clock })
  await keys.createKey({ alg, kid, exportPolicy })
  return { keys, dpopClient: await createDpopClient(clock === undefined ? {} : { clock }) }
}

/** A token issuer for tests: see {@link testIssuer} and {@link createTestIssuer}. Issues good tokens, forges bad ones. */
export class TestIssuer {
  /** Its URL without a trailing slash: the `iss` of its tokens. */
  readonly issuer: string
  readonly jwksUrl: string
  /** The `aud` of its tokens, unless {@link TestIssuer.verifierOptions} names another one. */
  readonly audience: string
  /** The keys that it signs with and publishes. Its key has the kid `test`. */
  readonly keys: LocalKeyProvider
  /** The requests that it received. */
  readonly requests: RequestLog
  /** Creates a good token with a change: `{ claims: { sub: undefined } }` removes `sub`. The signature stays valid. */
  readonly forge: Forge
  /** Bad tokens by name: `await issuer.forged.wrongKey()`. */
  readonly forged: ForgedTokens
  /**
   * May ask for tokens (client credentials, RFC 6749 §4.4), revoke them, and ask about them:
   * `verifyJwt(issuer.verifierOptions({ introspection: issuer.client }))`. Any other client gets 401.
   */
  readonly client: TestClient
  /** @internal */
  protected readonly service: IssuerService
  readonly #parts: IssuerParts
  readonly #clock: Clock
  readonly #tokens: TokenIssuer
  readonly #opaque: OpaqueTokens
  readonly #named = new Set<string>()
  #authorizations: Authorizations | undefined

  /** @internal Use {@link testIssuer} or {@link createTestIssuer}. */
  constructor(parts: IssuerParts) {
    const { settings, origin, keys } = parts
    const { alg, audience, path, clock = systemClock, client, metadata } = settings
    this.#parts = parts
    this.#clock = clock
    this.#opaque = new OpaqueTokens({ clock })
    this.issuer = `${origin}${path}`
    this.jwksUrl = `${this.issuer}/jwks.json`
    this.audience = audience
    this.keys = keys
    this.#tokens = new TokenIssuer({ keys, issuer: this.issuer, clock })
    this.forge = createForge(() => this.issue(), keys)
    const publicKey = async () => createPublicKey({ key: await keys.getPublicJwk(kid), format: 'jwk' })
    this.forged = createForgedTokens({ forge: this.forge, alg, clock, publicKey })
    this.client = client
    const endpoints = {
      token: new TokenEndpoint({ origin, client, clock, issue: (claims, options) => this.issue(claims, options) }),
      introspection: new Introspection({ issuer: this.issuer, keys, clock, client, tokens: this.#opaque }),
      revocation: new Revocation(client, this.#opaque),
    }
    this.service = new IssuerService(new IssuerDocuments(this, keys, endpoints, metadata), clock)
    this.requests = this.service.requests
  }

  /**
   * Returns options for `verifyJwt` or a `TokenVerifier` that accepts the tokens of this issuer. Other options can be given
   * too. From now on, its tokens are for the audience that they name, in addition to those of earlier calls.
   */
  verifierOptions<Claims = AccessTokenClaims>(options: VerifierOptions<Claims> = {}): VerifierOptions<Claims> {
    const { audience = this.audience } = options
    for (const one of [audience ?? []].flat()) this.#named.add(one)
    const { reaching, settings } = this.#parts
    const own = { ...reaching?.(this.service), ...(settings.clock && { clock: settings.clock }) }
    return { issuer: this.issuer, ...own, ...options, audience }
  }

  /**
   * Returns the headers of a request with a good token. `sub` is `'user-1'` unless the claims say otherwise; undefined claims
   * are left out. Returns no promise, so it can be written where the headers belong:
   *
   * ```ts
   * import { testIssuer } from '@bearerkit/testing'
   *
   * const issuer = await testIssuer()
   * const headers = issuer.authorization({ scope: 'reports:read' }) // { authorization: 'Bearer …' }
   * const proven = issuer.authorization({}, { dpop: { url: 'http://localhost/me' } }) // { authorization: 'DPoP …', dpop: '…' }
   * ```
   */
  authorization(claims?: Readonly<IssueClaims>): BearerHeaders
  /** With `dpop`, the token is bound to a DPoP key, and a proof for that request is added (RFC 9449). */
  authorization(claims: Readonly<IssueClaims>, options: AuthorizationOptions): DpopHeaders
  authorization(claims: Readonly<IssueClaims> = {}, options?: AuthorizationOptions): BearerHeaders | DpopHeaders {
    if (this.#authorizations === undefined) throw new TypeError('the issuer is not ready')
    const given = { aud: this.#audience(), ...claims }
    return options === undefined ? this.#authorizations.bearer(given) : this.#authorizations.dpop(given, options.dpop)
  }

  /** Issues a good token. `sub` is `'user-1'` unless the claims say otherwise. */
  async issue(claims: IssueClaims = {}, options: IssueOptions = {}): Promise<string> {
    return this.#tokens.issue({ sub: 'user-1', ...claims }, { audience: this.#audience(), ...options })
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
    await this.prepare()
  }

  /**
   * Fails from the next request until {@link TestIssuer.recover} is called. `only` limits the fault to one document.
   */
  fail(fault: Fault, { only }: { readonly only?: DocumentName } = {}): void {
    this.service.fail(fault, only)
  }

  /** Answers again at the same URL. Requests that already hang or stall stay unanswered. */
  recover(): void {
    this.service.recover()
  }

  /** Ends what the issuer has opened: its server and every connection, or nothing if it has no socket. */
  async close(): Promise<void> {}

  /** Closes the issuer at the end of a block with `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal Prepares {@link TestIssuer.authorization} for the newest key. */
  async prepare(): Promise<this> {
    const signer = await ownKeySigner(this.keys, kid)
    const { dpopClient: client } = this.#parts
    this.#authorizations = new Authorizations(await this.issue(), signer, { clock: this.#clock, client })
    return this
  }

  #audience(): string | readonly string[] {
    if (this.#named.size > 1) return [...this.#named]
    const [only = this.audience] = this.#named
    return only
  }

  async #claims(claims?: IssueClaims, options?: OpaqueIssueOptions): Promise<Readonly<Record<string, unknown>>> {
    const [, issued] = jsonSegmentsOf(await this.issue(claims, options))
    return issued
  }
}
