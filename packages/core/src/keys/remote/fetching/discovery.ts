import { KeySourceUnavailableError } from '../../../errors.ts'
import { printableUrl } from '../../../printable.ts'
import { type FetchedDocument, type FetchLimits, fetchDocument, unavailable } from './bounded-fetch.ts'
import { faultOfJwksUri, type JwksUriRules } from './jwks-uri.ts'

/**
 * Finds the `jwks_uri` of an issuer. Asks `metadataUrl`, or one location of its metadata after another, until one has metadata. A page, a
 * redirect or a refusal only says that there is none at that location; an outage ends the search, because the metadata may
 * be there.
 *
 * @throws KeySourceUnavailableError when there is no metadata, or it is not this issuer's
 */
export async function discoverJwksUrl(rules: JwksUriRules, limits: FetchLimits): Promise<string> {
  const misses: string[] = []
  const { issuer, metadataUrl } = rules
  for (const location of metadataUrl === undefined ? metadataLocations(issuer) : [metadataUrl]) {
    const answer = await fetchDocument(location, limits)
    if (isOutage(answer)) throw unavailable(location, answer, Date.now())
    if (isMetadata(answer.document)) return jwksUrlIn(answer.document, location, rules)
    misses.push(`${printableUrl(location)}: ${answer.status === 200 ? 'no metadata' : `status ${answer.status}`}`)
  }
  const nothing = metadataUrl === undefined ? neither : 'no metadata was found'
  throw new KeySourceUnavailableError(`${printableUrl(issuer)}: ${nothing} (${misses.join('; ')})`)
}

const neither = 'neither OpenID Connect Discovery nor RFC 8414 metadata was found'

/**
 * OpenID Connect Discovery 1.0 §4 appends the well-known segment to the path, RFC 8414 §3.1 inserts it between host and
 * path, and RFC 8414 §5 knows servers that insert OpenID Connect's. Without a path the last is the first.
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

/** RFC 8414 §2: `issuer` is required. Objects without it are other documents, such as an error as JSON. */
function isMetadata(document: Readonly<Record<string, unknown>> | undefined): document is Metadata {
  return typeof document?.['issuer'] === 'string'
}

function jwksUrlIn(metadata: Metadata, location: string, rules: JwksUriRules): string {
  const { issuer, jwks_uri: jwksUri } = metadata
  // RFC 8414 §3.3: identical, character by character. Otherwise a document could bring in the keys of another issuer.
  const fault = issuer === rules.issuer ? faultOfJwksUri(jwksUri, rules) : faultOfIssuer(issuer, rules.issuer)
  if (fault !== undefined) throw new KeySourceUnavailableError(`${printableUrl(location)}: ${fault}`)
  return jwksUri as string
}

function faultOfIssuer(named: string, expected: string): string {
  return `the document is of another issuer: it names "${printableUrl(named)}", and not "${printableUrl(expected)}"`
}
