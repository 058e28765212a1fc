import { TokenError } from '../errors.ts'
import type { AccessTokenClaims } from './jws/compact-jws.ts'

/** A way to present a token. Decides whether the token may or must be bound to a key (RFC 7800). */
export interface Presentation {
  readonly name: string
  /**
   * Checks the `cnf` claim, before any callback of the application sees the token.
   *
   * @throws TokenError if the token may not be presented in this way
   */
  checkBinding(claims: Readonly<AccessTokenClaims>): void
}

/** The token alone. Refuses key-bound tokens, because nothing proves possession of the key (RFC 7800 §3.1). */
export const withoutProof: Presentation = {
  name: 'Bearer',
  checkBinding({ cnf }) {
    if (cnf !== undefined) throw new TokenError('proof_required')
  },
}
