import type { HttpRequest } from '../../http-message.ts'
import { httpToken } from '../../http-token.ts'
import { hasSeveralLines } from '../header-lines.ts'
import { type AuthenticationScheme, bearer } from './scheme.ts'

/** The credentials of a request. */
export type Credentials =
  /** Text where a token belongs. Its syntax is not checked yet: see {@link isToken68}. */
  | { readonly kind: 'token'; readonly token: string; readonly scheme: AuthenticationScheme }
  /** No credentials, empty credentials, or a scheme that is not accepted. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed' }
  /** RFC 6750 §2: a client must not use more than one method, or one method twice. */
  | { readonly kind: 'repeated' }

export const absent: Credentials = { kind: 'absent' }
export const malformed: Credentials = { kind: 'malformed' }
export const repeated: Credentials = { kind: 'repeated' }

/** The schemes that a verifier accepts. */
export interface AcceptedSchemes {
  readonly inHeader: readonly SchemeSyntax[]
  /** The scheme of a token that comes without one, as in a cookie: `Bearer`. */
  readonly elsewhere: AuthenticationScheme
}

/** A scheme, and a pattern for the start of an `Authorization` header that uses it. */
interface SchemeSyntax {
  readonly scheme: AuthenticationScheme
  readonly beginning: RegExp
}

/** @param schemes one of them must be `Bearer` */
export function accepting(schemes: readonly AuthenticationScheme[]): AcceptedSchemes {
  const elsewhere = schemes.find(({ name }) => name === bearer.name) ?? bearer
  return { inHeader: schemes.map(syntaxOf), elsewhere }
}

/** RFC 9110 §11.1, §11.4: scheme names are case-insensitive. One or more spaces follow the name. */
function syntaxOf(scheme: AuthenticationScheme): SchemeSyntax {
  // A `token` may contain characters that have a meaning in a pattern, such as `.` and `+`.
  const name = scheme.name.replace(/[^0-9A-Za-z]/g, '\\$&')
  return { scheme, beginning: new RegExp(`^${name}(?: +|$)`, 'i') }
}

/** Without any option that adds a scheme. */
export const bearerAlone: AcceptedSchemes = accepting([bearer])

/** RFC 9110 §11.1: a scheme name is a `token`. */
const anyScheme = new RegExp(`^${httpToken}(?: |$)`)

/** Reads the `Authorization` header: RFC 9110 §11.6.2, RFC 6750 §2.1. */
export function headerCredentials(request: HttpRequest, { inHeader }: AcceptedSchemes = bearerAlone): Credentials {
  const { authorization } = request.headers
  if (authorization === undefined) return absent
  if (typeof authorization !== 'string' || hasSeveralLines(request, 'authorization')) return repeated
  // Some clients send an empty header when they have no session.
  if (authorization === '') return absent
  for (const { scheme, beginning } of inHeader) {
    const match = beginning.exec(authorization)
    if (match !== null) return { kind: 'token', token: authorization.slice(match[0].length), scheme }
  }
  return anyScheme.test(authorization) ? absent : malformed
}
