import type { ServerResponse } from 'node:http'

/**
 * The headers of every answer of the page. The policy allows the page its own files and nothing else: no script in the HTML,
 * no other server, no frame, no form that is sent by the browser.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

/** A request that the page refuses, with the reason for people. */
export class Refusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    ...pageHeaders,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** The reason is plain text, so that also somebody who opens the URL in a browser can read it. */
export function sendRefusal(response: ServerResponse, { status, message, headers }: Refusal): void {
  // The rest of an unread body must not be taken for the next request.
  response.shouldKeepAlive = false
  response.writeHead(status, { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8', ...headers })
  response.end(`${message}\n`)
}
