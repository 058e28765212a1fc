import { type Clock, elapsedSince, type Moment, momentOf } from '../../../clock.ts'
import type { FetchLimits } from './bounded-fetch.ts'
import { discoverJwksUrl } from './discovery.ts'

export interface LocationSettings {
  readonly jwksUrl: string | undefined
  readonly issuer: string | undefined
  readonly metadataUrl: string | undefined
  readonly jwksHosts: readonly string[] | undefined
  readonly insecureHosts: readonly string[]
  readonly clock: Clock
}

/** Where the JWKS is: a URL that was given, or the one that the issuer's metadata names, read again when it may have moved. */
export class JwksLocation {
  readonly #settings: LocationSettings
  #discovered: { readonly url: string; readonly at: Moment } | undefined
  #isDoubtful = false

  constructor(settings: LocationSettings) {
    this.#settings = settings
  }

  /**
   * Metadata that cannot be read again leaves the place that was known, and in doubt.
   *
   * @param maxAge of the metadata, in milliseconds
   * @throws KeySourceUnavailableError if no place is known
   */
  async resolve(limits: FetchLimits, maxAge: number): Promise<string> {
    const { jwksUrl, issuer = '', clock } = this.#settings
    if (jwksUrl !== undefined) return jwksUrl
    const known = this.#discovered
    const isRecent = known !== undefined && !this.#isDoubtful && elapsedSince(known.at, clock) < maxAge
    if (isRecent) return known.url
    try {
      const url = await discoverJwksUrl({ ...this.#settings, issuer }, limits)
      this.#discovered = { url, at: momentOf(clock) }
      this.#isDoubtful = false
      return url
    } catch (error) {
      if (known === undefined) throw error
      return known.url
    }
  }

  /** What was there is no longer: whoever asks next reads the metadata again. */
  doubt(): void {
    this.#isDoubtful = true
  }
}
