import { isPrivateHost } from '../../../configuration/private-host.ts'
import { isLoopback, isProtected } from '../../../configuration/url-options.ts'

/** Where the metadata of an issuer may lead. */
export interface JwksUriRules {
  readonly issuer: string
  /** Where the metadata is; undefined where the issuer's URL says so. */
  readonly metadataUrl: string | undefined
  /** The hosts that a `jwks_uri` may be on; undefined for any outside of private networks. */
  readonly jwksHosts: readonly string[] | undefined
  /** The hosts that may be asked over plain http. */
  readonly insecureHosts: readonly string[]
}

/**
 * Why a `jwks_uri` (RFC 8414 §2) must not be asked; undefined if it may be. The metadata comes from elsewhere, so it must
 * not make us ask services that only this machine or its network reaches.
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

/** The origin of the metadata was chosen by the application, and metadata on this machine may name what is near it. */
function isNear(url: URL, metadata: URL): boolean {
  return isLoopback(metadata.hostname) || url.origin === metadata.origin
}
