import { KeySourceUnavailableError } from '../../../errors.ts'
import { printableUrl } from '../../../printable.ts'
import { type FetchedDocument, type FetchLimits, fetchDocument, unavailable } from './bounded-fetch.ts'
import { faultOfJwksUri, type JwksUriRules } from './jwks-uri.ts'

/** Which metadata to fetch. */
export interface MetadataLocation {
  readonly issuer: string
  /** The URL of the metadata. Undefined if it is derived from the issuer's URL. */
  readonly metadataUrl: string | undefined
}

/** The metadata of an issuer (RFC 8414 §2), and the URL that it came from. */
export interface IssuerMetadata {
  readonly location: string
  readonly members: Readonly<Record<string, unknown>>
}

/**
 * Finds the metadata of an issuer. Fetches `metadataUrl` if it is given, or else tries the locations of the metadata in
 * order. A page, a redirect or a refusal means that a location has no metadata. An outage ends the search, because the
 * metadata may be there.
 *
 * @throws KeySourceUnavailableError if there is no metadata, or it belongs to another issuer
 */
export async function fetchMetadata(
  { issuer, metadataUrl }: MetadataLocation,
  limits: FetchLimits,
): Promise<IssuerMetadata> {
  const misses: string[] = []
  for (const location of metadataUrl === undefined ? metadataLocations(issuer) : [metadataUrl]) {
    const answer = await fetchDocument(location, limits)
    if (isOutage(answer)) throw unavailable(location, answer, Date.now())
    if (isMetadata(answer.document)) return ofIssuer(issuer, answer.document, location)
    misses.push(`${printableUrl(location)}: ${answer.status === 200 ? 'no metadata' : `status ${answer.status}`}`)
  }
  const nothing = metadataUrl === undefined ? neither : 'no metadata was found'
  throw new KeySourceUnavailableError(`${printableUrl(issuer)}: ${nothing} (${misses.join('; ')})`)
}

/**
 * Finds the `jwks_uri` of an issuer in its metadata.
 *
 * @throws KeySourceUnavailableError if there is no metadata, or it names no URL that may be fetched
 */
export async function discoverJwksUrl(rules: JwksUriRules, limits: FetchLimits): Promise<string> {
  const { location, members } = await fetchMetadata(rules, limits)
  const jwksUri = members['jwks_uri']
  const fault = faultOfJwksUri(jwksUri, rules)
  if (fault !== undefined) throw new KeySourceUnavailableError(`${printableUrl(location)}: ${fault}`)
  return jwksUri as string
}

const neither = 'neither OpenID Connect Discovery nor RFC 8414 metadata was found'

/**
 * Returns the locations of an issuer's metadata. OpenID Connect Discovery 1.0 §4 appends the well-known segment to the
 * path. RFC 8414 §3.1 inserts it between host and path. RFC 8414 §5 mentions servers that insert the segment of OpenID
 * Connect. Without a path, the first and the last are the same.
 */
export function metadataLocations(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  const locations = [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
  ]
  return [...new Set(locations)]
}

function isOutage({ status }: FetchedDocument): boolean {
  return status >= 500 || status === 429
}

interface Metadata extends Readonly<Record<string, unknown>> {
  readonly issuer: string
}

/** RFC 8414 §2: `issuer` is required. Objects without it are other documents, such as a JSON error. */
function isMetadata(document: Readonly<Record<string, unknown>> | undefined): document is Metadata {
  return typeof document?.['issuer'] === 'string'
}

/** RFC 8414 §3.3: the issuers must be identical. Otherwise a document could supply the keys of another issuer. */
function ofIssuer(expected: string, members: Metadata, location: string): IssuerMetadata {
  if (members.issuer === expected) return { location, members }
  throw new KeySourceUnavailableError(`${printableUrl(location)}: ${faultOfIssuer(members.issuer, expected)}`)
}

function faultOfIssuer(named: string, expected: string): string {
  return `the document is of another issuer: it names "${printableUrl(named)}", and not "${printableUrl(expected)}"`
}
