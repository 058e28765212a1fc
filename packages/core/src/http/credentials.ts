import type { HttpRequest } from './request.ts'

/** The credentials of a request. */
export type Credentials =
  /** Text in the place of a token: see {@link isBearerToken}. */
  | { readonly kind: 'bearer'; readonly token: string }
  /** None, empty text, or another scheme than `Bearer`. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed' }
  /** RFC 6750 §2: a client must not use more than one method, or one method twice. */
  | { readonly kind: 'repeated' }

export const absent: Credentials = { kind: 'absent' }
export const malformed: Credentials = { kind: 'malformed' }
export const repeated: Credentials = { kind: 'repeated' }

/** RFC 9110 §11.1, §11.4: a scheme ignores case; after it, one or more spaces. */
const bearerScheme = /^bearer(?: +|$)/i

/** RFC 9110 §11.1: a scheme is a token. */
const anyScheme = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?: |$)/

/** RFC 6750 §2.1. */
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * Whether text has the syntax of a bearer token. It is checked only where a request is refused: text of another syntax
 * never verifies, and for a token seen before the check would take a quarter of the time.
 */
export function isBearerToken(text: string): boolean {
  return b64token.test(text)
}

/** Reads the `Authorization` header: RFC 6750 §2.1. */
export function headerCredentials(request: HttpRequest): Credentials {
  const { authorization } = request.headers
  if (authorization === undefined) return absent
  if (typeof authorization !== 'string' || hasSeveral(request.rawHeaders)) return repeated
  // Clients without a session send an empty header.
  if (authorization === '') return absent
  const [schemeAndSpaces] = bearerScheme.exec(authorization) ?? []
  if (schemeAndSpaces !== undefined) return { kind: 'bearer', token: authorization.slice(schemeAndSpaces.length) }
  return anyScheme.test(authorization) ? absent : malformed
}

function hasSeveral(rawHeaders: readonly string[] | undefined): boolean {
  if (rawHeaders === undefined) return false
  let lines = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 'authorization'.length && name.toLowerCase() === 'authorization') lines += 1
  }
  return lines > 1
}
