import type { HeaderValues, HttpRequest } from '../../http-message.ts'
import type { AccessTokenClaims } from '../../jwt/jws/compact-jws.ts'
import type { ProofOfPossession } from '../auth-context.ts'

/** A mechanism that confirms that the sender holds the key to which a token is bound (RFC 7800 §3). */
export interface KeyConfirmation {
  /** The member of the `cnf` claim that names the key. No two mechanisms have the same. */
  readonly member: string
  /**
   * Confirms the key. Called each time a token with this member is used, after all other checks of the token.
   *
   * @throws ProofError if the request does not prove possession of the key
   */
  confirm(use: PresentedToken): Confirmation | Promise<Confirmation>
}

/** A confirmed key. */
export interface Confirmation {
  /** The proof, for the auth context. */
  readonly proof: ProofOfPossession
  /** Headers for the answer, however the request goes on. */
  readonly headers?: HeaderValues | undefined
}

/** A verified token, and the request that presents it. */
export interface PresentedToken {
  readonly request: HttpRequest
  readonly token: string
  readonly issued: Readonly<AccessTokenClaims>
}

/**
 * Confirms every key that a token is bound to, one after the other. A token with several keys needs all of them; the
 * proof of the last one is returned. Returns undefined if the token is not bound. The result is a promise only if a
 * mechanism returns one or throws.
 *
 * @throws ProofError if the request does not prove possession of one of the keys, as a rejection
 */
export function confirmKeys(
  confirmations: readonly KeyConfirmation[],
  use: PresentedToken,
): Confirmation | undefined | Promise<Confirmation | undefined> {
  const cnf = Object(use.issued['cnf']) as object
  const [first, ...further] = confirmations.filter(({ member }) => Object.hasOwn(cnf, member))
  if (first === undefined) return undefined
  const confirmation = confirmKey(first, use)
  return further.length === 0 ? confirmation : confirmFurther(confirmation, further, use)
}

/** Turns an error that a mechanism throws into a rejection, so that a caller has one path for refusals. */
function confirmKey(one: KeyConfirmation, use: PresentedToken): Confirmation | Promise<Confirmation> {
  try {
    return one.confirm(use)
  } catch (fault) {
    return Promise.reject(fault)
  }
}

async function confirmFurther(
  first: Confirmation | Promise<Confirmation>,
  further: readonly KeyConfirmation[],
  use: PresentedToken,
): Promise<Confirmation> {
  let last = await first
  for (const one of further) last = await one.confirm(use)
  return last
}
