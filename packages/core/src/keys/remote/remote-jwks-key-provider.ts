import type { JWK } from 'jose'
import { excludeEachOther, having, optional, readOptions } from '../../configuration/options.ts'
import { issuerIdentifier, protectedUrl } from '../../configuration/url-options.ts'
import { ConfigurationError, ExportForbiddenError, KeyNotFoundError } from '../../errors.ts'
import type { KeyProvider } from '../key-provider.ts'
import type { PublicJwkSet } from '../key-specification.ts'
import type { KeyRef } from '../key-ref.ts'
import { distinctKeys } from '../distinct-keys.ts'
import type { JwksPublisher, KeyHint, VerificationKey } from '../key-roles.ts'
import { LocalKeyProvider } from '../local/local-key-provider.ts'
import type { KeySourceHealth } from './sets/held-key-set.ts'
import { type LocalKeys, WithLocalKeys } from './with-local-keys.ts'
import { describedKey } from './described-key.ts'
import { JwksSource, type JwksSourceSettings } from './jwks-source.ts'
import type { KeySetSnapshot } from './sets/key-set-snapshot.ts'
import { MergedJwks } from './sets/merged-jwks.ts'
import { PublicKey } from './sets/public-key.ts'
import { type RemoteKeyOptions, remoteKeyReaders } from './remote-key-options.ts'

export interface RemoteJwksKeyProviderOptions extends RemoteKeyOptions {
  /** The URL of the JWKS. https, or http on a loopback address. Takes precedence over `issuer`. */
  jwksUrl?: string | undefined
  /** The issuer whose metadata names the JWKS: OpenID Connect Discovery 1.0, then RFC 8414. */
  issuer?: string | undefined
  /**
   * The keys of one's own: a {@link StoredKeyProvider}, or a {@link LocalKeyProvider} that serves elsewhere too. They are not
   * closed with this provider. Default: a new LocalKeyProvider.
   */
  local?: LocalKeys | undefined
}

/** The issuer must be a URL if its metadata is discovered from it. Otherwise it is only a name. */
const issuerName = issuerIdentifier(({ jwksUrl, metadataUrl }) => jwksUrl === undefined && metadataUrl === undefined)

/**
 * Provides verification keys from a remote JWKS, in addition to local keys. The constructor does not use the network;
 * the first use or {@link RemoteJwksKeyProvider.ready | ready()} does.
 *
 * ```ts
 * import { RemoteJwksKeyProvider } from '@bearerkit/core'
 *
 * const keys = new RemoteJwksKeyProvider({ issuer: 'https://issuer.example.com', cacheTtl: '10m' })
 * ```
 */
export class RemoteJwksKeyProvider extends WithLocalKeys implements KeyProvider, JwksPublisher {
  readonly #local: LocalKeys
  readonly #source: JwksSource
  readonly #merged = new MergedJwks()

  /** @throws ConfigurationError if neither `jwksUrl` nor `issuer` is given, or an option is unusable */
  constructor(options: RemoteJwksKeyProviderOptions) {
    const settings = readOptions<JwksSourceSettings & { local: LocalKeys | undefined }>(
      'RemoteJwksKeyProvider',
      options,
      {
        ...remoteKeyReaders,
        jwksUrl: optional(protectedUrl),
        issuer: optional(issuerName),
        local: optional(having<LocalKeys>('signingKey')),
      },
    )
    checkLocation(settings)
    const local = settings.local ?? new LocalKeyProvider({ clock: settings.clock })
    super(local)
    this.#local = local
    this.#source = new JwksSource(settings, this)
  }

  /**
   * Resolves once the keys are loaded.
   *
   * @throws KeySourceUnavailableError if the endpoint is down
   */
  async ready(): Promise<void> {
    await this.#source.ready()
  }

  /**
   * Fetches now. Concurrent calls share the fetch. `force` requests the whole document and reads the metadata again.
   *
   * @throws KeySourceUnavailableError if the fetch fails; the current keys are kept
   */
  async refresh({ force = false }: { force?: boolean } = {}): Promise<void> {
    await this.#source.refresh({ force })
  }

  /** Returns the state of the remote keys. */
  health(): KeySourceHealth {
    return this.#source.health()
  }

  /**
   * Returns the current remote keys for another process to start with (option `snapshot`). Undefined if there are none.
   */
  snapshot(): KeySetSnapshot | undefined {
    return this.#source.snapshot()
  }

  /** Ends fetches that are under way, and starts no new ones. The current keys are served until they are too old. */
  close(): void {
    this.#source.close()
  }

  /** Returns local keys first. A local kid takes precedence over a remote one. */
  async jwks({ prefixKids = '' }: { prefixKids?: string } = {}): Promise<PublicJwkSet> {
    const { keys } = await this.#allJwks()
    return { keys: keys.filter((jwk) => (jwk.kid ?? '').startsWith(prefixKids)) }
  }

  /** Returns only local keys by default: a service does not publish another service's keys as its own. */
  publishedJwks({ include = 'local' }: { include?: 'local' | 'all' } = {}): Promise<PublicJwkSet> {
    return include === 'all' ? this.#allJwks() : this.#local.jwks()
  }

  async getPublicJwk(kid: string, version?: number): Promise<JWK> {
    if (this.#local.has(kid, version)) return this.#local.getPublicJwk(kid, version)
    const key = (await this.#source.obtain()).lookUp(kid, version)
    if (key === undefined) throw new KeyNotFoundError('there is no such key, or no such version of it')
    return { ...key.jwk }
  }

  /** Returns a local key, or else the public part of a remote one. */
  async getKey(kid: string, version?: number, options: { includeSecret?: boolean } = {}): Promise<KeyRef> {
    if (this.#local.has(kid, version)) return this.#local.getKey(kid, version, options)
    const key = (await this.#source.obtain()).lookUp(kid, version)
    if (key === undefined) throw new KeyNotFoundError('there is no such key, or no such version of it')
    if (options.includeSecret === true) throw new ExportForbiddenError('a remote key has no secret here')
    return describedKey(key)
  }

  async listVersions(kid: string): Promise<number[]> {
    const local = await this.#local.listVersions(kid)
    return local.length > 0 ? local : (await this.#source.obtain()).versions(kid)
  }

  verificationKeys(
    hint: KeyHint,
    options: { signal?: AbortSignal } = {},
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const local = this.#local.keysAtHand(hint)
    if (hint.kid !== undefined && local.length > 0) return local
    const keys = this.#withRemote(local, hint, options)
    if (!(keys instanceof Promise)) return keys.length > 0 ? keys : this.#local.verificationKeys(hint)
    return this.#orMadeElsewhere(keys, hint)
  }

  replacementKeys(
    hint: KeyHint,
    options: { tried?: readonly VerificationKey[]; signal?: AbortSignal } = {},
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    // A local kid takes precedence over a remote one, and no other party can replace a local key.
    const isLocal = hint.kid !== undefined && this.#local.keysAtHand(hint).length > 0
    return isLocal ? [] : this.#source.replacementKeys(hint, options)
  }

  explainAbsence(hint: KeyHint): string | undefined {
    return this.#local.explainAbsence(hint) ?? this.#source.explainAbsence(hint)
  }

  trusts(key: VerificationKey, now?: number): boolean {
    return key instanceof PublicKey ? this.#source.trusts(key) : this.#local.trusts(key, now)
  }

  async #allJwks(): Promise<PublicJwkSet> {
    const remote = await this.#source.obtain()
    return this.#merged.of(await this.#local.jwks(), remote)
  }

  /** Of a key that is not there either, another instance may have made it a moment ago, if the local keys are shared. */
  async #orMadeElsewhere(
    keys: Promise<readonly VerificationKey[]>,
    hint: KeyHint,
  ): Promise<readonly VerificationKey[]> {
    try {
      const found = await keys
      if (found.length > 0) return found
    } catch (error) {
      const local = await this.#local.verificationKeys(hint)
      if (local.length > 0) return local
      throw error
    }
    return this.#local.verificationKeys(hint)
  }

  #withRemote(
    local: readonly VerificationKey[],
    hint: KeyHint,
    options: { signal?: AbortSignal },
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const remote = this.#source.verificationKeys(hint, options)
    if (local.length === 0) return remote
    const together = (keys: readonly VerificationKey[]): readonly VerificationKey[] => distinctKeys([...local, ...keys])
    return remote instanceof Promise ? remote.then(together) : together(remote)
  }
}

function checkLocation(settings: JwksSourceSettings): void {
  const owner = 'RemoteJwksKeyProvider'
  excludeEachOther(owner, settings, 'jwksUrl', 'metadataUrl')
  if (settings.jwksUrl !== undefined || settings.issuer !== undefined) return
  if (settings.metadataUrl !== undefined)
    throw new ConfigurationError(`${owner}: option \`metadataUrl\` needs the option \`issuer\``, 'metadataUrl')
  throw new ConfigurationError(`${owner}: set the option \`jwksUrl\` or \`issuer\``, 'jwksUrl')
}
