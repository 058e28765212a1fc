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
      withoutTokensIn(name),
      isSecret(name) ? '(a secret)' : withoutTokens(member, depth + 1),
    ]),
  )
}

/** Replaces each token in a text by its length. It takes time in proportion to the text, which may be hostile. */
export function withoutTokensIn(text: string): string {
  return text.replaceAll(/[\w.-]+/g, withoutTokensInWord)
}

/** The beginning of a JWS or JWE in compact serialization: its header begins with `{"`, or with white space after the brace. */
const beginning = /\be(?:yJ|yA|wo|w0|wk)[\w-]{8}/

const partsOfJws = 3
const partsOfJwe = 5

function withoutTokensInWord(word: string): string {
  const parts = word.split('.')
  const kept: string[] = []
  for (let index = 0; index < parts.length;) {
    const left = parts.length - index
    const start = left < partsOfJws ? -1 : String(parts[index]).search(beginning)
    const partsOfToken = left < partsOfJwe ? partsOfJws : partsOfJwe
    const taken = parts.slice(index, index + (start < 0 ? 1 : partsOfToken))
    const text = taken.join('.')
    kept.push(start < 0 ? text : `${text.slice(0, start)}(a token of ${text.length - start} characters)`)
    index += taken.length
  }
  return kept.join('.')
}
