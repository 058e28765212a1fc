import { isProtected } from '../../configuration/url-options.ts'
import { KeySourceUnavailableError } from '../../errors.ts'
import { type FetchedDocument, type FetchLimits, fetchDocument, unavailable } from './bounded-fetch.ts'

/**
 * Finds the `jwks_uri` of an issuer: OpenID Connect Discovery 1.0 §4 first, and where that answers 404, RFC 8414 §3.
 *
 * @param hosts that the `jwks_uri` may be on; undefined for any
 * @throws KeySourceUnavailableError when there is no metadata, or it is not this issuer's
 */
export async function discoverJwksUrl(issuer: string, limits: FetchLimits, hosts?: readonly string[]): Promise<string> {
  for (const location of metadataLocations(issuer)) {
    const answer = await fetchDocument(location, limits)
    if (answer.status !== 404) return jwksUrlIn(metadataOf(answer, location), { issuer, location, hosts })
  }
  throw new KeySourceUnavailableError(`${issuer}: neither OpenID Connect Discovery nor RFC 8414 metadata was found`)
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
  throw new KeySourceUnavailableError(`${location}: no metadata document`)
}

interface Expectation {
  readonly issuer: string
  readonly location: string
  readonly hosts: readonly string[] | undefined
}

function jwksUrlIn(metadata: Readonly<Record<string, unknown>>, { issuer, location, hosts }: Expectation): string {
  // RFC 8414 §3.3: identical, character by character; else whoever can publish a document there speaks for another.
  if (metadata['issuer'] !== issuer)
    throw new KeySourceUnavailableError(`${location}: the document is of another issuer`)
  const jwksUri = metadata['jwks_uri']
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri) || !isProtected(new URL(jwksUri))) {
    throw new KeySourceUnavailableError(`${location}: \`jwks_uri\` is not an https URL`)
  }
  if (hosts !== undefined && !hosts.some((host) => host.toLowerCase() === new URL(jwksUri).host)) {
    throw new KeySourceUnavailableError(`${location}: \`jwks_uri\` is on a host that jwksHosts does not name`)
  }
  return jwksUri
}
