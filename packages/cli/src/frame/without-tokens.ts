/** A JWS or JWE in compact serialization: its header begins with `{"`. */
const compactToken = /\beyJ[\w-]{8,}\.[\w-]*\.[\w-]*(?:\.[\w-]*\.[\w-]*)?/g

/** Members whose values are credentials. */
const credentials = /^(?:access_token|refresh_token|id_token|client_secret|password)$/i

/** The members of a JWK that are secret: RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2, RFC 9964 §3. */
const secretsOfJwk = /^(?:d|p|q|dp|dq|qi|oth|k|priv)$/

/** Deeper nesting could overflow the stack. The verifier refuses tokens with more than this. */
const deepest = 32

/** Returns a copy of a JSON value in which tokens and secrets are replaced. */
export function withoutTokens(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutTokensIn(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > deepest) return '(nested too deeply)'
  if (Array.isArray(value)) return value.map((member) => withoutTokens(member, depth + 1))
  const isSecret = (name: string): boolean => credentials.test(name) || ('kty' in value && secretsOfJwk.test(name))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isSecret(name) ? '(a secret)' : withoutTokens(member, depth + 1),
    ]),
  )
}

/** Replaces each token in a text by its length. */
export function withoutTokensIn(text: string): string {
  return text.replaceAll(compactToken, (token) => `(a token of ${token.length} characters)`)
}
