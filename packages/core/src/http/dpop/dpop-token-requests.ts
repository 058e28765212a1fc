import { type Clock, systemClock } from '../../clock.ts'
import { defaulting, having, readOptions } from '../../configuration/options.ts'
import type { HeaderValues, HttpRequest } from '../../http-message.ts'
import { type DpopOptions, type DpopSettings, dpopReaders } from '../../jwt/binding/dpop-options.ts'
import { DpopProofs } from './dpop-proofs.ts'

export interface DpopTokenRequestsOptions extends Omit<DpopOptions, 'required'> {
  /** Default: the system clock. */
  clock?: Clock | undefined
}

/** The key to which a token that is requested with a proof is bound. */
export interface RequestedBinding {
  /** For `TokenIssuer.issue(claims, { boundTo })`. */
  readonly boundTo: { readonly jkt: string }
  /** For the answer: the next nonce, if the proof has an older one (RFC 9449 §8.2). */
  readonly headers: HeaderValues | undefined
}

const { required: _, ...readers } = dpopReaders

/**
 * Checks the DPoP proofs of requests to a token endpoint, whose tokens are then bound to the key of the proof: RFC 9449 §5.
 *
 * ```ts
 * import { DpopTokenRequests, type HttpRequest, LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
 *
 * const keys = new LocalKeyProvider()
 * await keys.createKey({ alg: 'ES256' })
 * const tokens = new TokenIssuer({ keys, issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * const dpop = new DpopTokenRequests({ publicUrl: 'https://issuer.example.com' })
 *
 * async function tokenFor(request: HttpRequest, clientId: string): Promise<string> {
 *   const binding = await dpop.bindingOf(request)
 *   return tokens.issue({ client_id: clientId }, binding && { boundTo: binding.boundTo })
 * }
 * ```
 */
export class DpopTokenRequests {
  readonly #proofs: DpopProofs

  /** @throws ConfigurationError naming the option */
  constructor(options: DpopTokenRequestsOptions = {}) {
    const { clock, ...settings } = readOptions<Omit<DpopSettings, 'required'> & { readonly clock: Clock }>(
      'DpopTokenRequests',
      options,
      { ...readers, clock: defaulting(having<Clock>('now'), systemClock) },
    )
    this.#proofs = new DpopProofs({ ...settings, required: false }, clock)
  }

  /**
   * Returns the key to which the requested token is to be bound, or undefined for a request without a `DPoP` header.
   *
   * @throws ProofError if the proof does not hold: answer 400 with its `error` and its `headers` (RFC 9449 §5, §8)
   * @throws ReplayStoreUnavailableError if the replay store cannot tell whether the proof was used before
   */
  async bindingOf(request: HttpRequest): Promise<RequestedBinding | undefined> {
    if (request.headers['dpop'] === undefined) return undefined
    const { thumbprint, headers } = await this.#proofs.check(request, undefined)
    return { boundTo: { jkt: thumbprint }, headers }
  }
}
