/** The pattern of a `token`: RFC 9110 §5.6.2. The names of headers, schemes and parameters are tokens. */
export const httpToken = "[\\w!#$%&'*+.^`|~-]+"

const tokenAlone = new RegExp(`^${httpToken}$`)

export function isHttpToken(text: string): boolean {
  return tokenAlone.test(text)
}

/** RFC 6750 §2.1: the syntax of an access token (`b64token`), which is `token68` of RFC 9110 §11.2. */
const token68 = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * True if the text has the syntax of an access token. Not called for cached tokens: it would take a quarter of their time, and
 * malformed text never verifies.
 */
export function isToken68(text: string): boolean {
  return token68.test(text)
}
