/** The index of the first path segment in a URL split at `/`, after `https:`, an empty string and the host. */
const pathStartsAt = 3

/**
 * Returns true if a key that names an issuer may verify tokens with this `iss`. Microsoft Entra ID publishes the keys
 * of many tenants in one JWKS. The member `issuer` of each key names the issuer whose tokens it signs. A placeholder in
 * it, such as `{tenantid}`, matches one non-empty path segment.
 *
 * @param named the member `issuer` of the JWK; undefined if it has none
 * @param issuer the `iss` of the token; undefined if it is unknown
 */
export function isKeyOf(named: string | undefined, issuer: string | undefined): boolean {
  if (named === undefined || issuer === undefined || named === issuer) return true
  const pattern = named.split('/')
  const segments = issuer.split('/')
  return pattern.length === segments.length && pattern.every((part, index) => fits(part, segments[index] ?? '', index))
}

function fits(part: string, segment: string, index: number): boolean {
  const isPlaceholder = index >= pathStartsAt && /^\{[^{}]+\}$/.test(part)
  return isPlaceholder ? segment !== '' : part === segment
}
