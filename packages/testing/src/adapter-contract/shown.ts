import { isDeepStrictEqual } from 'node:util'

/** What the handlers of a contract app answer: what they see of the caller, or null for an anonymous request. */
export function shownAuth(auth: object | undefined): object | null {
  if (auth === undefined) return null
  const { scheme, header, claims, scopes } = auth as Readonly<Record<string, unknown>>
  return { scheme, header, claims, scopes }
}

/** What the own error handler of a contract app answers: what it sees of the error. */
export function shownError(error: unknown): object {
  const { name, status, statusCode, code, reason, expose, message, headers, cause } = error as ErrorLike
  return {
    own: true,
    name,
    status,
    isOneStatus: isDeepStrictEqual(status, statusCode),
    code,
    reason,
    expose,
    message,
    headers,
    cause: cause?.name,
  }
}

interface ErrorLike {
  readonly name: string
  readonly message: string
  readonly status?: number
  readonly statusCode?: number
  readonly code?: string
  readonly reason?: string
  readonly expose?: boolean
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly cause?: Error
}
