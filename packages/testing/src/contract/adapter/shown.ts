import { isDeepStrictEqual } from 'node:util'

/** Returns the answer of a contract app's handlers: the caller as they see it, or null for an anonymous request. */
export function shownAuth(auth: object | undefined): object | null {
  if (auth === undefined) return null
  const { scheme, header, claims, scopes, proof } = auth as Readonly<Record<string, unknown>>
  return { scheme, header, claims, scopes, proof }
}

/** Returns the answer of a contract app's error handler: the error as it sees it. */
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
