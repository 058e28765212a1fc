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

/**
 * Finds the URL of the JWKS: the configured one, or the one in the issuer's metadata. Reads the metadata again when the
 * URL may have changed.
 */
export class JwksLocation {
  readonly #settings: LocationSettings
  #discovered: { readonly url: string; readonly at: Moment } | undefined
  #isDoubtful = false

  constructor(settings: LocationSettings) {
    this.#settings = settings
  }

  /**
   * Returns the URL. If the metadata cannot be read again, returns the known URL, and the next call tries again.
   *
   * @param maxAge the maximum age of the metadata, in milliseconds
   * @throws KeySourceUnavailableError if no URL is known
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

  /** Makes the next call read the metadata again, because the known URL has stopped working. */
  doubt(): void {
    this.#isDoubtful = true
  }
}
