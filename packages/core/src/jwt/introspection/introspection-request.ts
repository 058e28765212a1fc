import { untilAborted, withBackgroundDeadline } from '../../deadline.ts'
import { IntrospectionUnavailableError, type KeySourceUnavailableError, TokenError } from '../../errors.ts'
import { type Fetch, exchange, unavailable } from '../../keys/remote/fetching/bounded-fetch.ts'
import { setMaxListeners } from '../../platform.ts'
import { isErrorNamed } from '../../recognized-errors.ts'
import { authenticationOf } from './client-authentication.ts'
import { IntrospectionEndpoint } from './introspection-endpoint.ts'
import type { IntrospectionSettings } from './introspection-options.ts'

/** Looks up `fetch` at every call. Keeps connections open, because an issuer is asked often. */
export const pooledFetch: Fetch = (url, init) => fetch(url, init)

/** RFC 7662 §2.2, RFC 9701 §4. */
const acceptFor: Readonly<Record<IntrospectionSettings['accept'], string>> = {
  json: 'application/json',
  jwt: 'application/token-introspection+jwt',
}

/** In bytes. Claims of people with many roles are long; more than this is not an answer about one token. */
const maxBytes = 256 * 1024

/** Sends introspection requests: RFC 7662 §2.1. */
export class IntrospectionRequest {
  readonly #settings: IntrospectionSettings
  readonly #endpoint: IntrospectionEndpoint
  readonly #closing = new AbortController()

  constructor(settings: IntrospectionSettings) {
    this.#settings = settings
    this.#endpoint = new IntrospectionEndpoint(settings)
    // Each request listens. By default Node warns of a leak when there are more than ten at once.
    setMaxListeners(0, this.#closing.signal)
  }

  /** The URL of the endpoint, if it is known. */
  get endpoint(): string | undefined {
    return this.#endpoint.known
  }

  /**
   * Asks about a token.
   *
   * @param read reads the body of the answer. Counts towards the timeout
   * @throws IntrospectionUnavailableError if there is no complete answer with status 200 in time
   */
  async send<T>(token: string, read: (content: string) => T | Promise<T>): Promise<T> {
    try {
      return await withBackgroundDeadline(this.#settings.timeout, this.#closing.signal, (deadline) => {
        // The key provider of the client, and that of the issuer, may not settle.
        return untilAborted(this.#send(token, deadline).then(read), deadline)
      })
    } catch (error) {
      if (isDoubtful(error)) this.#endpoint.doubt()
      throw isErrorNamed('KeySourceUnavailableError', error) ? asIntrospectionOutage(error) : error
    }
  }

  /** Ends the requests that are under way. */
  close(): void {
    this.#closing.abort(new IntrospectionUnavailableError('the introspection client was closed'))
  }

  async #send(token: string, deadline: AbortSignal): Promise<string> {
    const { fetch, accept, clock } = this.#settings
    const url = await this.#endpoint.url(deadline)
    const { headers, parameters } = await authenticationOf(this.#settings)
    // The token is never in the URL (RFC 7662 §2.1), which ends up in logs.
    const body = new URLSearchParams({ token, token_type_hint: 'access_token', ...parameters }).toString()
    const request = { headers: { ...headers, accept: acceptFor[accept], 'content-type': form }, body }
    const { content, ...answer } = await exchange(url, request, { fetch, maxBytes, deadline })
    if (content !== undefined) return content
    const failure = unavailable(url, { ...answer, document: undefined }, clock.now(), noteFor(answer.status))
    throw requestFaults.includes(answer.status) ? new RefusedRequestError(failure.message, { cause: failure }) : failure
  }
}

/** The statuses of a server that works, but does not accept this request: RFC 9110 §15.5, RFC 6585 §5. */
const requestFaults: readonly number[] = [400, 413, 414, 422, 431]

/** The issuer does not accept the request. This says nothing about requests with other tokens. */
export class RefusedRequestError extends IntrospectionUnavailableError {}

/** True unless the endpoint has answered: then its URL is right. */
function isDoubtful(error: unknown): boolean {
  return !(error instanceof RefusedRequestError) && !(error instanceof TokenError)
}

const form = 'application/x-www-form-urlencoded'

/** RFC 7662 §2.3: the client is not authenticated or not allowed. Not the fault of the token. */
function noteFor(status: number): string {
  return status === 401 || status === 403 ? ' (the issuer does not accept the credentials of this client)' : ''
}

/** Fetching reports failures of documents with keys. Here the document is an answer about a token. */
function asIntrospectionOutage({
  message,
  cause,
  retryAfter,
}: KeySourceUnavailableError): IntrospectionUnavailableError {
  return new IntrospectionUnavailableError(message, { cause, ...(retryAfter !== undefined && { retryAfter }) })
}
