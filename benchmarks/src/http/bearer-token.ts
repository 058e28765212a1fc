import type { IncomingMessage } from 'node:http'

const scheme = 'Bearer '

/** Returns the token of a request, without any checks: enough for the measured peers, and fast. */
export function bearerToken({ headers }: Pick<IncomingMessage, 'headers'>): string {
  return (headers.authorization ?? '').slice(scheme.length)
}
