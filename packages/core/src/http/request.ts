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
