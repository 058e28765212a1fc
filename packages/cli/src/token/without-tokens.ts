/** A JWS or JWE in compact serialization: its header begins with `{"`. */
const compactToken = /\beyJ[\w-]{8,}\.[\w-]*\.[\w-]*(?:\.[\w-]*\.[\w-]*)?/g

/** Members whose values are credentials. */
const credentials = /^(?:access_token|refresh_token|id_token|client_secret|password)$/i

/** The members of a JWK that are secret: RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2, RFC 9964 §3. */
const secretsOfJwk = /^(?:d|p|q|dp|dq|qi|oth|k|priv)$/

/** Returns a copy of a JSON value in which tokens and secrets are replaced by their length. */
export function withoutTokens(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replaceAll(compactToken, (token) => `(a token of ${token.length} characters)`)
  if (Array.isArray(value)) return value.map(withoutTokens)
  if (typeof value !== 'object' || value === null) return value
  const isSecret = (name: string): boolean => credentials.test(name) || ('kty' in value && secretsOfJwk.test(name))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, isSecret(name) ? '(a secret)' : withoutTokens(member)]),
  )
}
