import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { lifetime } from '../../configuration/duration-options.ts'
import { defaulting, having, listOf, readOptions, refuse } from '../../configuration/options.ts'
import type { DpopNonces } from '../../jwt/binding/dpop-options.ts'
import { Buffer, createHmac, hkdfSync, timingSafeEqual } from '../../platform.ts'

/** The options of {@link dpopNonces}. */
export interface DpopNoncesOptions {
  /** How often the nonce changes. Each nonce is accepted for one to two intervals after it was given out. Default `'60s'`. */
  interval?: Duration | undefined
  /** Default: the system clock. */
  clock?: Clock | undefined
}

interface Settings {
  readonly interval: number
  readonly clock: Clock
}

/**
 * Creates nonces for DPoP proofs (RFC 9449 §8, §9). They are a function of the secret and the time, so nothing is stored,
 * and each instance of a fleet accepts the nonces of all others. Clocks may differ by up to one interval.
 *
 * ```ts
 * import { dpopNonces } from '@bearerkit/core'
 *
 * const nonce = dpopNonces('a secret of 32 characters or more that the whole fleet shares')
 * console.log(nonce.accepts(nonce.current())) // true
 * ```
 *
 * @param secret 32 bytes or characters at least, the same on all instances. With several, the first one makes nonces and
 *   all are accepted, so that a secret can be replaced
 * @throws ConfigurationError if the secret is too short or an option is invalid
 */
export function dpopNonces(
  secret: string | Uint8Array | readonly (string | Uint8Array)[],
  options: DpopNoncesOptions = {},
): DpopNonces {
  const settings = readOptions<Settings>('dpopNonces', options, {
    interval: defaulting(lifetime, 60_000),
    clock: defaulting(having<Clock>('now'), systemClock),
  })
  return new SlicedNonces(listOf(nonceKey)(secret, 'dpopNonces: `secret`', {}), settings)
}

const leastSecret = 32

/** Derives a key for this use only: RFC 5869. */
function nonceKey(secret: unknown, option: string): Buffer {
  const octets = typeof secret === 'string' ? Buffer.from(secret) : secret
  if (!(octets instanceof Uint8Array) || octets.length < leastSecret)
    throw refuse(option, `must be a string or bytes of ${leastSecret} bytes at least`)
  return Buffer.from(hkdfSync('sha256', octets, '', 'bearerkit DPoP nonce', 32))
}

/** One nonce for each slice of time. */
class SlicedNonces implements DpopNonces {
  readonly #keys: readonly Buffer[]
  readonly #settings: Settings
  #slice = Number.NaN
  #current = ''
  /** The nonces of this slice and its neighbours. */
  #accepted: readonly Buffer[] = []

  constructor(keys: readonly Buffer[], settings: Settings) {
    this.#keys = keys
    this.#settings = settings
  }

  current(): string {
    this.#advance()
    return this.#current
  }

  accepts(nonce: string): boolean {
    this.#advance()
    const given = Buffer.from(nonce)
    // Compares with all of them, so that the time does not tell which one is nearest.
    return this.#accepted.filter((one) => one.length === given.length && timingSafeEqual(one, given)).length > 0
  }

  #advance(): void {
    const slice = Math.floor(this.#settings.clock.now() / this.#settings.interval)
    if (slice === this.#slice) return
    const nonces = this.#keys.flatMap((key) => [slice, slice - 1, slice + 1].map((one) => nonceOf(key, one)))
    this.#slice = slice
    this.#current = nonces[0] ?? ''
    this.#accepted = nonces.map((nonce) => Buffer.from(nonce))
  }
}

function nonceOf(key: Buffer, slice: number): string {
  return createHmac('sha256', key).update(String(slice)).digest('base64url')
}
