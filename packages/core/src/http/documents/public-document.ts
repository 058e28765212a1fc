import type { HttpRequest, HttpResponse } from '../../http-message.ts'
import { Buffer, hash } from '../../platform.ts'

/** A public JSON document, serialized once. */
export interface PublicDocument {
  readonly mediaType: string
  readonly body: string
  readonly length: string
  /** A strong entity tag: equal only for equal bytes. */
  readonly etag: string
}

export function publicDocument(value: object, mediaType: string): PublicDocument {
  const body = JSON.stringify(value)
  const etag = `"${hash('sha256', body, 'base64url')}"`
  return { mediaType, body, length: String(Buffer.byteLength(body)), etag }
}

/** Returns true for GET and HEAD. */
export function reads({ method }: HttpRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Answers a request that is neither GET nor HEAD. */
export function answerToOther(request: HttpRequest): HttpResponse {
  return isPreflight(request) ? preflightAnswer : methodNotAllowed
}

/** Fetch, "CORS-preflight request". */
function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

/**
 * Allows pages of every origin to read the document with any request headers: browser clients send
 * `MCP-Protocol-Version`. The wildcard does not cover `Authorization`, and older browsers do not support it.
 */
const preflightAnswer: HttpResponse = {
  status: 204,
  headers: {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, HEAD',
    'Access-Control-Allow-Headers': '*, Authorization, If-None-Match, MCP-Protocol-Version',
    'Access-Control-Max-Age': '86400',
  },
  body: '',
}

/** RFC 9110 §15.5.6. */
const methodNotAllowed: HttpResponse = { status: 405, headers: { Allow: 'GET, HEAD' }, body: '' }

/**
 * Answers with the document, or with 304 if the client has it already.
 *
 * @param maxAge in seconds
 */
export function answerWith(document: PublicDocument, request: HttpRequest, maxAge: number): HttpResponse {
  const headers = {
    'Cache-Control': `public, max-age=${maxAge}`,
    ETag: document.etag,
    'Access-Control-Allow-Origin': '*',
  }
  // RFC 9110 §15.4.5: a 304 repeats the headers that a cache needs, without those that describe a body.
  if (matches(request.headers['if-none-match'], document.etag)) return { status: 304, headers, body: '' }
  const representation = { 'Content-Type': document.mediaType, 'Content-Length': document.length }
  // Also for HEAD: Node omits the body when it sends, and frameworks measure it.
  return { status: 200, headers: { ...headers, ...representation }, body: document.body }
}

/** RFC 9110 §13.1.2: a list of entity tags, or `*`; weak comparison. */
function matches(condition: string | readonly string[] | undefined, etag: string): boolean {
  if (typeof condition !== 'string') return false
  return condition.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
