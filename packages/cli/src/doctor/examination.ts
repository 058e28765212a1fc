import {
  type Fetch,
  type KeySourceHealth,
  metadataLocations,
  RemoteJwksKeyProvider,
  type RemoteKeyOptions,
} from '@bearerkit/core'
import { type Runtime, systemTime } from '../frame/runtime.ts'
import { documentIn, type Exchange, ExchangeLog } from './exchange.ts'

/** What the doctor looks at. */
export interface ExaminedIssuer extends Pick<RemoteKeyOptions, 'jwksHosts' | 'insecureHosts' | 'requestTimeout'> {
  readonly issuer: string
  /** The URL of the JWKS, if it is not to be found through the metadata. */
  readonly jwksUrl?: string | undefined
}

/** A document with metadata, or what was found in its place. */
export interface MetadataAnswer {
  readonly exchange: Exchange
  readonly document: Readonly<Record<string, unknown>> | undefined
}

/** Everything that was seen. */
export interface Examination {
  readonly issuer: string
  /** By the clock of this machine, in milliseconds since the epoch. */
  readonly examinedAt: number
  /** One for each location where metadata may be. Empty if the URL of the JWKS was given. */
  readonly metadata: readonly MetadataAnswer[]
  /** The request for the JWKS, and the conditional one after it. */
  readonly jwks: readonly Exchange[]
  /** The members of `keys` in the JWKS. */
  readonly keys: readonly unknown[]
  readonly verifier: VerifierView
}

/** What `verifyJwt` makes of the issuer. */
export interface VerifierView {
  /** Why it has no keys. */
  readonly error: string | undefined
  readonly health: KeySourceHealth
  /** How long it uses the keys before it fetches them again, in milliseconds. */
  readonly freshFor: number | undefined
}

/**
 * Lets the verifier's own code fetch the metadata and the keys, and notes what it asks and gets. Then asks again with
 * validators, and for the metadata at the other locations.
 *
 * @throws ConfigurationError if the issuer is no URL that may be used
 */
export async function examine(given: ExaminedIssuer, runtime: Runtime): Promise<Examination> {
  const log = new ExchangeLog(runtime)
  const { clock } = runtime
  const provider = new RemoteJwksKeyProvider({ ...given, fetch: log.fetch, clock })
  let freshFor: number | undefined
  provider.once('refreshed', (event) => (freshFor = event.freshFor * 1000))
  try {
    const error = await errorOf(provider.ready())
    const locations = given.jwksUrl === undefined ? metadataLocations(given.issuer) : []
    const first = log.exchanges.find(({ url }) => !locations.includes(url))
    if (error === undefined && first !== undefined && hasValidator(first)) await errorOf(provider.refresh())
    const others = locations.filter((location) => log.with(location) === undefined)
    await Promise.all(others.map((location) => readMetadata(location, given, log)))
    return {
      issuer: given.issuer,
      examinedAt: systemTime(runtime),
      metadata: locations.flatMap((location) => answerIn(log.with(location))),
      jwks: log.exchanges.filter(({ url }) => url === first?.url),
      keys: keysIn(first),
      verifier: { error, health: provider.health(), freshFor },
    }
  } finally {
    provider.close()
  }
}

function errorOf(work: Promise<void>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

/** RFC 9110 §8.8. */
export function hasValidator({ headers }: Exchange): boolean {
  return headers.get('etag') !== null || headers.get('last-modified') !== null
}

const nothing = { status: 404, headers: { get: () => null } }

/** Reads metadata that the verifier does not need. Its own code does it, and stops before the keys. */
async function readMetadata(
  metadataUrl: string,
  { issuer, insecureHosts, requestTimeout }: ExaminedIssuer,
  log: ExchangeLog,
): Promise<void> {
  const fetch: Fetch = (url, init) => {
    const isFirst = url === metadataUrl && log.with(url) === undefined
    return isFirst ? log.fetch(url, init) : Promise.resolve(nothing)
  }
  const provider = new RemoteJwksKeyProvider({ issuer, metadataUrl, insecureHosts, requestTimeout, fetch })
  // The log says what became of it.
  await errorOf(provider.ready())
  provider.close()
}

function answerIn(exchange: Exchange | undefined): readonly MetadataAnswer[] {
  if (exchange === undefined) return []
  const document = documentIn(exchange)
  return [{ exchange, document: typeof document?.['issuer'] === 'string' ? document : undefined }]
}

function keysIn(exchange: Exchange | undefined): readonly unknown[] {
  const published = exchange && documentIn(exchange)?.['keys']
  return Array.isArray(published) ? (published as unknown[]) : []
}
