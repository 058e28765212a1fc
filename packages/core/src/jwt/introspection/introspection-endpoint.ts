import { elapsedSince, type Moment, momentOf } from '../../clock.ts'
import { isProtected } from '../../configuration/url-options.ts'
import { untilAborted, withBackgroundDeadline } from '../../deadline.ts'
import { KeySourceUnavailableError } from '../../errors.ts'
import { fetchMetadata, type IssuerMetadata } from '../../keys/remote/fetching/discovery.ts'
import { SharedFlight } from '../../keys/remote/policy/shared-flight.ts'
import { printableUrl } from '../../printable.ts'
import type { IntrospectionSettings } from './introspection-options.ts'

/** After this time the metadata is read again, in milliseconds: endpoints change about as rarely as keys. */
const maxMetadataAge = 60 * 60_000

/** In bytes. */
const maxBytes = 256 * 1024

/** Finds the introspection endpoint: the configured one, or the one in the issuer's metadata (RFC 8414 §2). */
export class IntrospectionEndpoint {
  readonly #settings: IntrospectionSettings
  readonly #discovery: SharedFlight<'metadata', string>
  #discovered: { readonly url: string; readonly at: Moment } | undefined
  #isDoubtful = false

  constructor(settings: IntrospectionSettings) {
    this.#settings = settings
    this.#discovery = new SharedFlight(settings.timeout, () => this.#discover())
  }

  /** The URL, if it was configured or discovered. */
  get known(): string | undefined {
    return this.#settings.endpoint ?? this.#discovered?.url
  }

  /**
   * Returns the URL. If the metadata cannot be read again, returns the known URL.
   *
   * @throws KeySourceUnavailableError if no URL is known
   */
  async url(deadline: AbortSignal): Promise<string> {
    const { endpoint, clock } = this.#settings
    if (endpoint !== undefined) return endpoint
    const known = this.#discovered
    const isRecent = known !== undefined && !this.#isDoubtful && elapsedSince(known.at, clock) < maxMetadataAge
    if (isRecent) return known.url
    const reading = this.#discovery.share('metadata')
    return known === undefined ? untilAborted(reading, deadline) : this.#readAgain(reading, known.url, deadline)
  }

  /** Leaves time for the request itself. If the metadata cannot be read, the known URL counts as if it had been. */
  async #readAgain(reading: Promise<string>, known: string, deadline: AbortSignal): Promise<string> {
    const { timeout, clock } = this.#settings
    try {
      return await withBackgroundDeadline(timeout / 2, deadline, (half) => untilAborted(reading, half))
    } catch {
      this.#discovered = { url: known, at: momentOf(clock) }
      this.#isDoubtful = false
      return known
    }
  }

  /** Makes the next call read the metadata again, because the known URL has stopped working. */
  doubt(): void {
    this.#isDoubtful = true
  }

  #discover(): Promise<string> {
    const { issuer, metadataUrl, fetch, timeout, clock } = this.#settings
    return withBackgroundDeadline(timeout, undefined, async (deadline) => {
      const limits = { fetch, maxBytes, deadline, headersFor: () => ({}) }
      const metadata = await fetchMetadata({ issuer, metadataUrl }, limits)
      const url = endpointIn(metadata, this.#settings)
      this.#discovered = { url, at: momentOf(clock) }
      this.#isDoubtful = false
      return url
    })
  }
}

/**
 * Tokens and credentials are sent to the endpoint, so metadata alone cannot send them to another origin: the application
 * must name that.
 */
function endpointIn(
  { location, members }: IssuerMetadata,
  { endpointHosts, insecureHosts }: Pick<IntrospectionSettings, 'endpointHosts' | 'insecureHosts'>,
): string {
  const named = members['introspection_endpoint']
  if (named === undefined) throw unusable(location, 'the metadata names no `introspection_endpoint`')
  const url = typeof named === 'string' && URL.canParse(named) ? new URL(named) : undefined
  if (url === undefined || !isProtected(url, insecureHosts) || url.hash !== '')
    throw unusable(location, '`introspection_endpoint` is not an https URL')
  if (url.origin !== new URL(location).origin && !endpointHosts.includes(url.host))
    throw unusable(location, '`introspection_endpoint` is on another origin: name it with the option `endpoint`')
  return url.href
}

function unusable(location: string, fault: string): KeySourceUnavailableError {
  return new KeySourceUnavailableError(`${printableUrl(location)}: ${fault}`)
}
