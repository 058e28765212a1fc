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

/** Options for fetching and caching remote keys. A verifier that creates its own key provider accepts them too. */
export interface RemoteKeyOptions {
  /**
   * How long fetched keys are fresh, regardless of the server's headers. Default: the lifetime in `Cache-Control`,
   * `Age` and `Expires`, bounded by `minCacheTtl` and `maxCacheTtl`; `'5m'` if the server sends none.
   */
  cacheTtl?: Duration | undefined
  /** The shortest lifetime that the server's headers can set. Default `'1m'`. */
  minCacheTtl?: Duration | undefined
  /** The longest lifetime that the server's headers can set. Default `'1h'`. */
  maxCacheTtl?: Duration | undefined
  /** The outage window: how long the last good set is still served after its lifetime. Default `'1h'`. */
  staleIfError?: Duration | undefined
  /** One deadline for discovery, JWKS and retry, headers and bodies. Default `'5s'`. */
  requestTimeout?: Duration | undefined
  /** The maximum size of a document, in bytes after decompression. Default 262,144. */
  maxBodyBytes?: number | undefined
  /** The maximum number of keys used from a set. Further keys are skipped. Default 100. */
  maxKeys?: number | undefined
  /**
   * Values of `use` that are treated as `sig`, such as `['jwt-svid']` for SPIFFE bundles. It gives up the requirement
   * that keys state their use in the terms of RFC 7517. `enc` is refused. Default: none.
   */
  acceptKeyUses?: readonly string[] | undefined
  /**
   * The URL of the metadata of `issuer`, if it cannot be derived from the issuer's URL, as with Azure AD B2C. The
   * `issuer` in the metadata must still be the same. https, or http on a loopback address.
   */
  metadataUrl?: string | undefined
  /**
   * The hosts that a discovered `jwks_uri` may be on, each with its port unless that is the default. Default: any host,
   * except loopback, private and link-local addresses. Those may only be named by metadata from the same origin or from
   * a loopback address.
   */
  jwksHosts?: readonly string[] | undefined
  /**
   * The hosts that may be used over plain http, each with its port unless that is 80: `['keycloak:8080']`. For issuers
   * in a private network, such as Compose or a cluster. It gives up the protection of keys in transit. Default: only
   * loopback addresses. `health()` and a process warning name each host.
   */
  insecureHosts?: readonly string[] | undefined
  /** Default `'bearerkit'`. */
  userAgent?: string | undefined
  /**
   * Additional headers for metadata and key requests. They may contain credentials, so they are sent only to `jwksUrl`,
   * to the origins of `issuer` and `metadataUrl`, and to the hosts in `jwksHosts`.
   *
   * A function is called before each request, for credentials that change, such as a service account's token in a file.
   * It may return a promise, which must settle within `requestTimeout`. If it fails, the fetch fails too: see
   * {@link KeySourceUnavailableError}.
   */
  headers?: RequestHeaderOption | undefined
  /** The `fetch` function, for proxies, client certificates or other agents. Default: the platform's. */
  fetch?: Fetch | undefined
  /** A snapshot from another process: the keys to start with. They keep their age. */
  snapshot?: KeySetSnapshot | undefined
  /** Default: the system clock. */
  clock?: Clock | undefined
  /** Returns a number from 0 to 1, for jitter. Default: `Math.random`. */
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
