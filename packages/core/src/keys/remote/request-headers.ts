/** What decides about the headers of a request. */
export interface RequestHeaderSettings {
  readonly userAgent: string
  readonly headers: Readonly<Record<string, string>>
  readonly issuer: string | undefined
  readonly jwksUrl: string | undefined
  readonly jwksHosts: readonly string[] | undefined
}

/**
 * The headers of requests for metadata and keys. The option `headers` may hold credentials, so it goes only where the
 * application said: to `jwksUrl`, to the issuer's origin, and to the hosts in `jwksHosts`. Metadata cannot redirect it.
 */
export class RequestHeaders {
  readonly #settings: RequestHeaderSettings

  constructor(settings: RequestHeaderSettings) {
    this.#settings = settings
  }

  of(url: string): Readonly<Record<string, string>> {
    const { userAgent, headers } = this.#settings
    return { 'user-agent': userAgent, ...(this.#isTrustedWith(url) && lowerCased(headers)) }
  }

  /** What decides about the headers of a request to this URL. Equal parts make equal headers. */
  partsFor(url: string): { readonly userAgent: string; readonly headers: object | undefined } {
    const { userAgent, headers } = this.#settings
    return { userAgent, headers: this.#isTrustedWith(url) ? headers : undefined }
  }

  /** Explains a refusal by a server that did not get the option `headers`. */
  noteFor(url: string): string {
    const isWithheld = Object.keys(this.#settings.headers).length > 0 && !this.#isTrustedWith(url)
    return isWithheld ? ' (the option `headers` was not sent: jwksHosts does not name the host)' : ''
  }

  #isTrustedWith(url: string): boolean {
    const { issuer, jwksUrl, jwksHosts } = this.#settings
    if (url === jwksUrl) return true
    const { origin, host } = new URL(url)
    return jwksHosts?.includes(host) === true || (issuer !== undefined && originOf(issuer) === origin)
  }
}

/** The issuer may be a name that is no URL. */
function originOf(issuer: string): string | undefined {
  return URL.canParse(issuer) ? new URL(issuer).origin : undefined
}

/** RFC 9110 §5.1: names ignore case, so an application's header replaces our own of the same name. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
