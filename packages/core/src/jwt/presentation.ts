import { TokenError } from '../errors.ts'
import type { AccessTokenClaims } from './jws/compact-jws.ts'

/** A way to present a token. It decides whether a token may be bound to a key (RFC 7800), or must be. */
export interface Presentation {
  readonly name: string
  /**
   * Checks the `cnf` claim, before the application is asked anything about the token.
   *
   * @throws TokenError if the token may not be presented in this way
   */
  checkBinding(claims: Readonly<AccessTokenClaims>): void
}

/** Alone. RFC 7800 §3.1: a sender must prove possession of the key that a token is bound to, and here nothing proves it. */
export const withoutProof: Presentation = {
  name: 'Bearer',
  checkBinding({ cnf }) {
    if (cnf !== undefined) throw new TokenError('proof_required')
  },
}
