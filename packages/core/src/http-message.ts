/** A request in the form of Node's `http`. Adapters pass the request that their framework wraps. */
export interface HttpRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The URL as the client sent it, if a framework has changed `url`: for example, for a mounted application. */
  readonly originalUrl?: string | undefined
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Alternating names and values as sent. `headers` has only the first of several `Authorization` or `Host` lines. */
  readonly rawHeaders?: readonly string[] | undefined
  /** The connection. Behind a proxy, this is the connection of the proxy. A TLS socket has the property `encrypted`. */
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined
}

/** Response headers. A header with several values is sent as several lines. */
export type HeaderValues = Readonly<Record<string, string | string[]>>

/** A complete response. */
export interface HttpResponse {
  readonly status: number
  readonly headers: HeaderValues
  readonly body: string
}

/** The result of a token source: undefined or an empty string for no token, an array for several tokens. */
export type Found = string | readonly string[] | undefined

/**
 * Finds the token in a request. Returns undefined or an empty string for no token, and an array if there are several.
 * `body` is the request body as far as the framework has parsed it.
 *
 * May return a promise. If the source throws, rejects or takes longer than 5 seconds, the response is 503.
 */
export type TokenSource = (request: HttpRequest, body: unknown) => Found | PromiseLike<Found>
