/** The pattern of a `token`: RFC 9110 §5.6.2. The names of headers, schemes and parameters are tokens. */
export const httpToken = "[\\w!#$%&'*+.^`|~-]+"

const tokenAlone = new RegExp(`^${httpToken}$`)

export function isHttpToken(text: string): boolean {
  return tokenAlone.test(text)
}
