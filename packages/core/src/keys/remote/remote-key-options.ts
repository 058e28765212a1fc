import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration, positiveDuration, wait } from '../../configuration/duration-options.ts'
import {
  callable,
  defaulting,
  having,
  optional,
  type Readers,
  refuse,
  text,
  texts,
  wholeNumber,
} from '../../configuration/options.ts'
import { hosts, insecureHosts, protectedUrl } from '../../configuration/url-options.ts'
import { type Fetch, platformFetch } from './fetching/bounded-fetch.ts'
import type { JwksSourceSettings } from './jwks-source.ts'
import type { KeySetSnapshot } from './sets/key-set-snapshot.ts'
import { type RequestHeaderOption, requestHeaders } from './fetching/request-headers.ts'

/** How remote keys are fetched and kept. A verifier that makes its own key provider takes these too. */
export interface RemoteKeyOptions {
  /**
   * How long fetched keys are fresh, whatever the server says. Default: what its `Cache-Control`, `Age` and `Expires`
   * say, from `minCacheTtl` to `maxCacheTtl`; `'5m'` if they say nothing.
   */
  cacheTtl?: Duration | undefined
  /** The least lifetime that the server's headers can bring about. Default `'1m'`. */
  minCacheTtl?: Duration | undefined
  /** The longest. Default `'1h'`. */
  maxCacheTtl?: Duration | undefined
  /** The outage window: how long past its lifetime the last good set serves on. Default `'1h'`. */
  staleIfError?: Duration | undefined
  /** One deadline over discovery, JWKS and the retry, headers and bodies. Default `'5s'`. */
  requestTimeout?: Duration | undefined
  /** The longest document that is read, in bytes, decompressed. Default 262,144. */
  maxBodyBytes?: number | undefined
  /** So many keys of a set are used; further ones are set aside. Default 100. */
  maxKeys?: number | undefined
  /**
   * Values of `use` that count as `sig`, such as `['jwt-svid']` for the bundles of SPIFFE. It gives up that a key says in
   * RFC 7517's words what it is for. `enc` is refused. Default: none.
   */
  acceptKeyUses?: readonly string[] | undefined
  /**
   * Where the metadata of `issuer` is, if not where its URL says, as with Azure AD B2C. The `issuer` in it must be the same
   * all the same. https, or http on a loopback address.
   */
  metadataUrl?: string | undefined
  /**
   * The hosts that a discovered `jwks_uri` may be on, each with its port unless that is the default one. Default: any, but
   * for loopback, private and link-local addresses, which only an issuer on the same host or on loopback may name.
   */
  jwksHosts?: readonly string[] | undefined
  /**
   * The hosts that may be asked over plain http, each with its port unless that is 80: `['keycloak:8080']`. For issuers in
   * a private network, such as Compose or a cluster: it gives up the protection of keys on the way. Default: none but
   * loopback addresses. Each host is named in `health()` and in a warning of the process.
   */
  insecureHosts?: readonly string[] | undefined
  /** Default `'bearerkit'`. */
  userAgent?: string | undefined
  /**
   * Further headers of the requests for metadata and keys. They may hold credentials, so they go only to `jwksUrl`, to the
   * origins of `issuer` and `metadataUrl`, and to the hosts in `jwksHosts`.
   *
   * A function is asked before each request, for credentials that change, such as a service account's token in a file. It
   * may answer with a promise, within `requestTimeout`. If it fails, so does the fetch: see {@link KeySourceUnavailableError}.
   */
  headers?: RequestHeaderOption | undefined
  /** For proxies, client certificates, other agents. Default: the platform's. */
  fetch?: Fetch | undefined
  /** What another process took: keys to start with, as old as they are. */
  snapshot?: KeySetSnapshot | undefined
  /** Default: the system's. */
  clock?: Clock | undefined
  /** From 0 to 1, for jitter. Default: `Math.random`. */
  random?: (() => number) | undefined
}

const minute = 60_000

export const remoteKeyReaders: Readers<Omit<JwksSourceSettings, 'issuer' | 'jwksUrl'>> = {
  cacheTtl: optional(positiveDuration),
  minCacheTtl: defaulting(duration, minute),
  maxCacheTtl: defaulting(positiveDuration, 60 * minute),
  staleIfError: defaulting(duration, 60 * minute),
  requestTimeout: defaulting(wait, 5000),
  maxBodyBytes: defaulting(wholeNumber, 256 * 1024),
  maxKeys: defaulting(wholeNumber, 100),
  acceptKeyUses: defaulting(keyUses, []),
  metadataUrl: optional(protectedUrl),
  jwksHosts: optional(hosts('https')),
  insecureHosts: defaulting(insecureHosts, []),
  userAgent: defaulting(text, 'bearerkit'),
  headers: defaulting(requestHeaders, {}),
  fetch: defaulting(callable<Fetch>(), platformFetch),
  snapshot: optional((value) => value as KeySetSnapshot),
  clock: defaulting(having<Clock>('now'), systemClock),
  random: defaulting(callable<() => number>(), Math.random),
}

/** RFC 7517 §4.2: a key that says it is for encryption is not for signatures. */
function keyUses(value: unknown, option: string): readonly string[] {
  const uses = texts(value, option)
  if (uses.includes('enc')) throw refuse(option, 'must not name `enc`, which is for encryption')
  return uses
}
