import { continued } from '../../callback.ts'
import type { Clock } from '../../clock.ts'
import type { DpopSettings } from '../../jwt/binding/dpop-options.ts'
import type { Confirmation, KeyConfirmation, PresentedToken } from '../credentials/key-confirmation.ts'
import { DpopProofs } from './dpop-proofs.ts'

/** Confirms the key in `cnf.jkt` with the DPoP proof of the request: RFC 9449 §7.1. */
export class DpopConfirmation implements KeyConfirmation {
  readonly member = 'jkt'
  readonly #proofs: DpopProofs

  constructor(settings: DpopSettings, clock: Clock) {
    this.#proofs = new DpopProofs(settings, clock)
  }

  /**
   * Confirms the key.
   *
   * @throws ProofError if a rule is broken
   * @throws ReplayStoreUnavailableError if the replay store cannot tell whether the proof was used before
   */
  confirm(use: PresentedToken): Confirmation | Promise<Confirmation> {
    return continued(this.#proofs.check(use.request, use), ({ thumbprint, jti, headers }) => {
      return { proof: { kind: 'dpop', thumbprint, jti }, headers }
    })
  }
}
