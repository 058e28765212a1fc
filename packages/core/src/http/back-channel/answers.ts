import type { HttpRequest, HttpResponse } from '../../http-message.ts'
import { isErrorNamed, isOutage } from '../../recognized-errors.ts'
import { formOf, type Form, type UnusableForm } from '../form/form.ts'
import { asError } from '../outcome/continuation.ts'
import { retryAfterOf } from '../refusals/refusal.ts'

const noStore = { 'Cache-Control': 'no-store' }

/** The request has done what it asked for: RFC 7009 §2.2, OpenID Connect Back-Channel Logout 1.0 §2.8. */
export const done: HttpResponse = { status: 200, headers: noStore, body: '' }

/** RFC 6749 §5.2: the form of errors of both endpoints. */
export function refused(
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const body = JSON.stringify({ error, error_description: description })
  return { status, headers: { ...noStore, 'Content-Type': 'application/json', ...headers }, body }
}

/** Keeps the connection from being used again: the rest of the body would be taken for the next request. */
const closing = { Connection: 'close' }

const unusableForms: Readonly<Record<UnusableForm, HttpResponse>> = {
  'not a form': refused(400, 'invalid_request', 'The body must be application/x-www-form-urlencoded'),
  'repeated parameter': refused(400, 'invalid_request', 'A parameter is included more than once'),
  'too large': refused(413, 'invalid_request', 'The body is too large', closing),
  'too slow': refused(408, 'invalid_request', 'The body took too long', closing),
  incomplete: refused(400, 'invalid_request', 'The body is incomplete', closing),
}

/** RFC 9110 §15.5.6. */
const methodNotAllowed = refused(405, 'invalid_request', 'The method must be POST', { Allow: 'POST' })

/** Answers a POST with a form. */
export async function answerForm(
  request: HttpRequest,
  body: unknown,
  respond: (form: Form) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  if (request.method !== 'POST') return methodNotAllowed
  const form = await formOf(request, body)
  return typeof form === 'string' ? unusableForms[form] : respond(form)
}

/**
 * Answers 503 if the keys, the store or a callback is unavailable.
 *
 * @throws Error any other failure, which is the application's
 */
export function unavailable(failure: unknown): HttpResponse {
  if (!isOutage(failure) && !isErrorNamed('VerificationUnavailableError', failure)) throw asError(failure)
  const headers = { 'Retry-After': retryAfterOf(failure) }
  return refused(503, 'temporarily_unavailable', 'The request cannot be answered at the moment', headers)
}
