/** `https:`, nothing, and the host come before the path of a URL that is split at its slashes. */
const pathStartsAt = 3

/**
 * Whether a key that names an issuer may verify tokens with this `iss`. Microsoft Entra ID publishes the keys of many
 * tenants in one JWKS, and says in the member `issuer` of each key whose tokens it signs. There, a placeholder such as
 * `{tenantid}` stands for one segment of the path that is not empty.
 *
 * @param named the member `issuer` of the JWK; undefined if it has none
 * @param issuer the `iss` of the token; undefined if it is not known
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
