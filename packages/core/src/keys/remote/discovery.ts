import { KeySourceUnavailableError } from '../../errors.ts'
import { printableUrl } from '../../printable.ts'
import { type FetchedDocument, type FetchLimits, fetchDocument, unavailable } from './bounded-fetch.ts'
import { faultOfJwksUri, type JwksUriRules } from './jwks-uri.ts'

/**
 * Finds the `jwks_uri` of an issuer: OpenID Connect Discovery 1.0 §4 first, and where that answers 404, RFC 8414 §3.
 *
 * @throws KeySourceUnavailableError when there is no metadata, or it is not this issuer's
 */
export async function discoverJwksUrl(rules: JwksUriRules, limits: FetchLimits): Promise<string> {
  for (const location of metadataLocations(rules.issuer)) {
    const answer = await fetchDocument(location, limits)
    if (answer.status !== 404) return jwksUrlIn(metadataOf(answer, location), location, rules)
  }
  throw new KeySourceUnavailableError(
    `${printableUrl(rules.issuer)}: neither OpenID Connect Discovery nor RFC 8414 metadata was found`,
  )
}

/** OIDC appends the well-known segment to the path; RFC 8414 §3.1 inserts it between host and path. */
export function metadataLocations(issuer: string): readonly [oidc: string, rfc8414: string] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

function metadataOf(answer: FetchedDocument, location: string): Readonly<Record<string, unknown>> {
  if (answer.document !== undefined) return answer.document
  if (answer.status !== 200) throw unavailable(location, answer, Date.now())
  throw new KeySourceUnavailableError(`${printableUrl(location)}: no metadata document`)
}

function jwksUrlIn(metadata: Readonly<Record<string, unknown>>, location: string, rules: JwksUriRules): string {
  // RFC 8414 §3.3: identical, character by character. Otherwise a document could bring in the keys of another issuer.
  if (metadata['issuer'] !== rules.issuer)
    throw new KeySourceUnavailableError(`${printableUrl(location)}: the document is of another issuer`)
  const { jwks_uri: jwksUri } = metadata
  const fault = faultOfJwksUri(jwksUri, rules)
  if (fault !== undefined) throw new KeySourceUnavailableError(`${printableUrl(location)}: ${fault}`)
  return jwksUri as string
}
