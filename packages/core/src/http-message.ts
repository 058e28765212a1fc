/** A request, as Node's `http` has it. Frameworks hand over what they wrap. */
export interface HttpRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Names and values in turn, as they were sent. Node keeps only the first of repeated `Authorization` lines in `headers`. */
  readonly rawHeaders?: readonly string[] | undefined
}

/** Headers of an answer. One with several values is sent as several lines. */
export type HeaderValues = Readonly<Record<string, string | string[]>>

/** A complete answer. */
export interface HttpResponse {
  readonly status: number
  readonly headers: HeaderValues
  readonly body: string
}

/** What a token source finds: undefined or empty text for no token, a list for several. */
export type Found = string | readonly string[] | undefined

/**
 * Finds the token in a request: undefined or empty text for none, a list where the request holds several.
 * `body` is what the framework has parsed so far.
 *
 * It may answer with a promise. If it throws, rejects, or takes over 5 seconds, the request is answered with 503.
 */
export type TokenSource = (request: HttpRequest, body: unknown) => Found | PromiseLike<Found>
