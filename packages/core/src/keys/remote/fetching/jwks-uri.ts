import { isPrivateHost } from '../../../configuration/private-host.ts'
import { isLoopback, isProtected } from '../../../configuration/url-options.ts'

/** The rules for the `jwks_uri` in an issuer's metadata. */
export interface JwksUriRules {
  readonly issuer: string
  /** The URL of the metadata. Undefined if it is derived from the issuer's URL. */
  readonly metadataUrl: string | undefined
  /** The hosts that a `jwks_uri` may be on. Undefined allows any host outside private networks. */
  readonly jwksHosts: readonly string[] | undefined
  /** The hosts that may be used over plain http. */
  readonly insecureHosts: readonly string[]
}

/**
 * Returns why a `jwks_uri` (RFC 8414 §2) must not be fetched, or undefined if it may be. Metadata is external input: it
 * must not cause requests to services that only this machine or its network can reach.
 */
export function faultOfJwksUri(jwksUri: unknown, rules: JwksUriRules): string | undefined {
  const { issuer, metadataUrl = issuer, jwksHosts, insecureHosts } = rules
  const url = typeof jwksUri === 'string' && URL.canParse(jwksUri) ? new URL(jwksUri) : undefined
  if (url === undefined || !isProtected(url, insecureHosts))
    return '`jwks_uri` is not an https URL (plain http is for loopback addresses and insecureHosts)'
  if (jwksHosts !== undefined)
    return jwksHosts.includes(url.host) ? undefined : '`jwks_uri` is on a host that jwksHosts does not name'
  const isNamed = url.protocol === 'http:' && insecureHosts.includes(url.host)
  if (!isPrivateHost(url.hostname) || isNamed || isNear(url, new URL(metadataUrl))) return undefined
  return '`jwks_uri` is on a loopback, private or link-local address, which only jwksHosts allows'
}

/** The application chose the origin of the metadata. Metadata on this machine may name private addresses. */
function isNear(url: URL, metadata: URL): boolean {
  return isLoopback(metadata.hostname) || url.origin === metadata.origin
}
