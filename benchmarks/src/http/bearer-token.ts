import type { IncomingMessage } from 'node:http'

const scheme = 'Bearer '

/** The token of a request that has one, with no questions asked: enough for who is measured, and quick. */
export function bearerToken({ headers }: Pick<IncomingMessage, 'headers'>): string {
  return (headers.authorization ?? '').slice(scheme.length)
}
