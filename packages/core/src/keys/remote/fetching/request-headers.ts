import { isThenable } from '../../../callback.ts'
import { type Reader, refuse } from '../../../configuration/options.ts'
import { untilAborted } from '../../../deadline.ts'
import { KeySourceUnavailableError } from '../../../errors.ts'
import { isHttpToken } from '../../../http-token.ts'
import { printable, printableUrl } from '../../../printable.ts'

type HeaderFields = Readonly<Record<string, string>>

/** Headers for metadata and key requests, or a function that is called for them before each request. */
export type RequestHeaderOption = HeaderFields | (() => HeaderFields | PromiseLike<HeaderFields>)

/** The settings that determine the headers of a request. */
export interface RequestHeaderSettings {
  readonly userAgent: string
  readonly headers: RequestHeaderOption
  readonly issuer: string | undefined
  readonly metadataUrl: string | undefined
  readonly jwksUrl: string | undefined
  readonly jwksHosts: readonly string[] | undefined
}

/**
 * Builds the headers for metadata and key requests. The option `headers` may contain credentials, so it is sent only
 * where the application allowed it: to `jwksUrl`, to the origins of `issuer` and `metadataUrl`, and to the hosts in
 * `jwksHosts`. Metadata cannot redirect it.
 */
export class RequestHeaders {
  readonly #settings: RequestHeaderSettings

  constructor(settings: RequestHeaderSettings) {
    this.#settings = settings
  }

  /**
   * Returns the headers, or a promise if the option `headers` is a function.
   *
   * @throws KeySourceUnavailableError if the function in `headers` fails, or does not settle before the deadline
   */
  of(url: string, deadline: AbortSignal): HeaderFields | Promise<HeaderFields> {
    const { headers, userAgent } = this.#settings
    const own = { 'user-agent': userAgent }
    if (!this.#isTrustedWith(url)) return own
    if (typeof headers !== 'function') return { ...own, ...headers }
    return answerOf(headers, url, deadline).then((answer) => ({ ...own, ...checked(answer, url) }))
  }

  /** Returns the settings that determine the headers for this URL. Equal parts produce equal headers. */
  partsFor(url: string): { readonly userAgent: string; readonly headers: object | undefined } {
    const { userAgent, headers } = this.#settings
    return { userAgent, headers: this.#isTrustedWith(url) ? headers : undefined }
  }

  /** Explains a refusal by a server that the option `headers` was not sent to. */
  noteFor(url: string): string {
    const { headers } = this.#settings
    const isGiven = typeof headers === 'function' || Object.keys(headers).length > 0
    if (!isGiven || this.#isTrustedWith(url)) return ''
    return ' (the option `headers` was not sent: jwksHosts does not name the host)'
  }

  #isTrustedWith(url: string): boolean {
    const { issuer, metadataUrl, jwksUrl, jwksHosts } = this.#settings
    if (url === jwksUrl) return true
    const { origin, host } = new URL(url)
    return jwksHosts?.includes(host) === true || [issuer, metadataUrl].some((one) => originOf(one) === origin)
  }
}

async function answerOf(ask: () => unknown, url: string, deadline: AbortSignal): Promise<unknown> {
  try {
    const answer = ask()
    return isThenable(answer) ? await untilAborted(Promise.resolve(answer), deadline) : answer
  } catch (cause) {
    const reason = deadline.aborted ? 'did not answer in time' : 'failed'
    throw new KeySourceUnavailableError(`${printableUrl(url)}: the option \`headers\` ${reason}`, { cause })
  }
}

function checked(answer: unknown, url: string): HeaderFields {
  const fault = faultOfFields(answer)
  if (fault === undefined) return normalized(answer as HeaderFields)
  throw new KeySourceUnavailableError(`${printableUrl(url)}: the result of the option \`headers\` ${fault}`)
}

/** Returns undefined if the issuer is a name and not a URL. */
function originOf(issuer: string | undefined): string | undefined {
  return issuer !== undefined && URL.canParse(issuer) ? new URL(issuer).origin : undefined
}

/** Reads the option `headers`. The result of a function is checked at each call. */
export const requestHeaders: Reader<RequestHeaderOption> = (value, option) => {
  if (typeof value === 'function') return value as () => HeaderFields
  const fault = faultOfFields(value)
  if (fault !== undefined) throw refuse(option, fault)
  return Object.freeze(normalized(value as HeaderFields))
}

/**
 * Returns what is wrong with the headers (RFC 9110 §5.1, §5.5). Checked here because the platform's error quotes the
 * value, which may be a credential. The platform accepts only Latin-1.
 */
function faultOfFields(fields: unknown): string | undefined {
  // A `Headers` or a `Map` has no own properties, so its fields would be lost.
  if (typeof fields !== 'object' || fields === null || Symbol.iterator in fields) return 'must be an object of strings'
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') return 'must be an object of strings'
    if (!isHttpToken(name)) return `has a field name that is not allowed: ${printable(name, 40)}`
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value.trim()))
      return `has a value that is not allowed, for ${printable(name, 40)}`
  }
  return undefined
}

/**
 * RFC 9110 §5.1, §5.5: names are case-insensitive; in lower case, a given one replaces the default. White space around
 * a value is not part of it.
 */
function normalized(fields: HeaderFields): HeaderFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value.trim()]))
}
