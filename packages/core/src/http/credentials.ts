import type { HttpRequest } from './request.ts'

/** What the `Authorization` header of a request holds. */
export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  /** No header, or a scheme that is not ours. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'repeated' }

const absent: Credentials = { kind: 'absent' }
const malformed: Credentials = { kind: 'malformed' }
const repeated: Credentials = { kind: 'repeated' }

/** RFC 9110 §11.4: a scheme is a token; after it, one or more spaces. */
const credentialsSyntax = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?: +(.*))?$/

/** RFC 6750 §2.1. */
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/

/** Reads the bearer token out of a request: RFC 6750 §2.1. Nothing but the header is looked at. */
export function credentialsOf(request: HttpRequest): Credentials {
  const { authorization } = request.headers
  if (authorization === undefined) return absent
  if (typeof authorization !== 'string' || hasSeveral(request.rawHeaders)) return repeated
  const [, scheme, credentials] = credentialsSyntax.exec(authorization) ?? []
  if (scheme === undefined) return malformed
  if (scheme.toLowerCase() !== 'bearer') return absent
  return credentials !== undefined && b64token.test(credentials) ? { kind: 'bearer', token: credentials } : malformed
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
