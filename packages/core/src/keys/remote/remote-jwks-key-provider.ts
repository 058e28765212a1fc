import type { JWK } from 'jose'
import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import {
  callable,
  defaulting,
  duration,
  having,
  optional,
  positiveDuration,
  protectedUrl,
  type Reader,
  type Readers,
  readOptions,
  text,
  wait,
} from '../../configuration/options.ts'
import { ConfigurationError, KeyNotFoundError } from '../../errors.ts'
import type { KeyProvider, KeySpec, PublicJwkSet, RotationOptions } from '../key-provider.ts'
import type { KeyRef } from '../key-ref.ts'
import type { JwksPublisher, KeyHint, SigningKey, VerificationKey } from '../key-roles.ts'
import type { HkdfParameters } from '../local/derivation.ts'
import type { ImportableKey } from '../local/import-key.ts'
import { LocalKeyProvider } from '../local/local-key-provider.ts'
import type { Support } from '../local/runtime-support.ts'
import { type Fetch, platformFetch } from './bounded-fetch.ts'
import { JwksSource, type JwksSourceSettings } from './jwks-source.ts'
import { PublicKey } from './public-key.ts'

export interface RemoteJwksKeyProviderOptions {
  /** Where the JWKS is. https, or http on a loopback address. Wins over `issuer`. */
  jwksUrl?: string
  /** The issuer whose metadata names the JWKS: OpenID Connect Discovery 1.0, then RFC 8414. */
  issuer?: string
  /** How long a fetched set is fresh. Default `'5m'`. */
  cacheTtl?: Duration
  /** How long after that the last good set serves on while no new one can be had. Default `'1h'`. */
  staleIfError?: Duration
  /** One deadline over discovery and JWKS, headers and bodies. Default `'5s'`. */
  requestTimeout?: Duration
  /** Default `'bearerkit'`. */
  userAgent?: string
  /** Default: the platform's. */
  fetch?: Fetch
  /** Default: the system's. */
  clock?: Clock
}

/** How each option is checked; a verifier that makes its own provider takes the same ones. */
export const remoteReaders: Readers<Omit<JwksSourceSettings, 'issuer' | 'jwksUrl'>> = {
  cacheTtl: defaulting(positiveDuration, 5 * 60_000),
  staleIfError: defaulting(duration, 60 * 60_000),
  requestTimeout: defaulting(wait, 5000),
  userAgent: defaulting(text, 'bearerkit'),
  fetch: defaulting(callable<Fetch>(), platformFetch),
  clock: defaulting(having<Clock>('now'), systemClock),
}

/** Where keys are discovered, the issuer's URL is asked for them; elsewhere it is a name. */
const issuerUrl: Reader<string> = (value, option, given) => {
  return given['jwksUrl'] === undefined ? protectedUrl(value, option) : text(value, option)
}

/**
 * Verification keys from somebody else's JWKS, beside local keys of one's own. Making one asks nothing of the network;
 * the first use does, or {@link RemoteJwksKeyProvider.ready | ready()}.
 *
 * ```ts
 * import { RemoteJwksKeyProvider } from '@bearerkit/core'
 *
 * const keys = new RemoteJwksKeyProvider({ issuer: 'https://issuer.example.com', cacheTtl: '10m' })
 * ```
 */
export class RemoteJwksKeyProvider implements KeyProvider, JwksPublisher {
  readonly #local: LocalKeyProvider
  readonly #source: JwksSource

  /** @throws ConfigurationError if neither `jwksUrl` nor `issuer` is given, or an option is unusable */
  constructor(options: RemoteJwksKeyProviderOptions) {
    const settings = readOptions<JwksSourceSettings>('RemoteJwksKeyProvider', options, {
      ...remoteReaders,
      jwksUrl: optional(protectedUrl),
      issuer: optional(issuerUrl),
    })
    if (settings.jwksUrl === undefined && settings.issuer === undefined) {
      throw new ConfigurationError(
        'RemoteJwksKeyProvider: one of the options `jwksUrl` and `issuer` is needed',
        'jwksUrl',
      )
    }
    this.#source = new JwksSource(settings)
    this.#local = new LocalKeyProvider({ clock: settings.clock })
  }

  /**
   * Resolves when keys are at hand.
   *
   * @throws KeySourceUnavailableError while the endpoint is down
   */
  async ready(): Promise<void> {
    await this.#source.obtain()
  }

  /** @throws KeySourceUnavailableError if the fetch fails; the keys at hand stay */
  async refresh(): Promise<void> {
    await this.#source.refresh()
  }

  /** Local keys first: a local kid wins over a remote one. */
  async jwks(options: { prefixKids?: string } = {}): Promise<PublicJwkSet> {
    const { prefixKids = '' } = options
    const { keys: local } = await this.#local.jwks(options)
    const taken = new Set(local.map((jwk) => jwk.kid))
    const remote = (await this.#source.obtain()).jwks()
    return {
      keys: [...local, ...remote.filter((jwk) => !taken.has(jwk.kid) && (jwk.kid ?? '').startsWith(prefixKids))],
    }
  }

  /** The local keys alone unless all are asked for: a service does not publish another's keys as its own. */
  publishedJwks({ include = 'local' }: { include?: 'local' | 'all' } = {}): Promise<PublicJwkSet> {
    return include === 'all' ? this.jwks() : this.#local.jwks()
  }

  nextKeyChange(): number {
    return this.#local.nextKeyChange()
  }

  async getPublicJwk(kid: string, version?: number): Promise<JWK> {
    if (this.#local.has(kid, version)) return this.#local.getPublicJwk(kid, version)
    const key = (await this.#source.obtain()).lookUp(kid, version)
    if (key === undefined) throw new KeyNotFoundError('there is no such key, or no such version of it')
    return { ...key.jwk }
  }

  async listVersions(kid: string): Promise<number[]> {
    const local = await this.#local.listVersions(kid)
    return local.length > 0 ? local : (await this.#source.obtain()).versions(kid)
  }

  verificationKeys(
    hint: KeyHint,
    options: { signal?: AbortSignal } = {},
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const local = this.#local.verificationKeys(hint)
    return hint.kid !== undefined && local.length > 0 ? local : this.#withRemote(local, hint, options.signal)
  }

  trusts(key: VerificationKey): boolean {
    return key instanceof PublicKey ? (this.#source.usable?.has(key) ?? false) : this.#local.trusts(key)
  }

  // The rest is the embedded local provider's.

  createKey(spec: KeySpec): Promise<KeyRef> {
    return this.#local.createKey(spec)
  }

  importKey(spec: KeySpec, material: ImportableKey, options?: { publicKey?: ImportableKey }): Promise<KeyRef> {
    return this.#local.importKey(spec, material, options)
  }

  rotateKey(kid: string, options?: RotationOptions): Promise<KeyRef> {
    return this.#local.rotateKey(kid, options)
  }

  retain(kid: string, retainFor: Duration): void {
    this.#local.retain(kid, retainFor)
  }

  destroyKey(kid: string, version?: number): Promise<boolean> {
    return this.#local.destroyKey(kid, version)
  }

  getKey(kid: string, version?: number, options?: { includeSecret?: boolean }): Promise<KeyRef> {
    return this.#local.getKey(kid, version, options)
  }

  randomBytes(length: number): Promise<Uint8Array> {
    return this.#local.randomBytes(length)
  }

  hkdf(ikm: Uint8Array, parameters: HkdfParameters): Promise<Uint8Array> {
    return this.#local.hkdf(ikm, parameters)
  }

  supports(): Support {
    const support = this.#local.supports()
    return { ...support, features: [...support.features, 'remote', 'refresh'] }
  }

  signingKey(kid?: string): Promise<SigningKey> {
    return this.#local.signingKey(kid)
  }

  #withRemote(
    local: readonly VerificationKey[],
    hint: KeyHint,
    signal?: AbortSignal,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const remote = this.#source.keysFor(hint, signal)
    return remote instanceof Promise ? remote.then((keys) => [...local, ...keys]) : [...local, ...remote]
  }
}
