import type { Authenticator } from './authenticator.ts'

/** Registered, so that two copies of this package share one function. */
const reached = Symbol.for('bearerkit.forgetting')

/** Ends the trust in an issuer that `resolveIssuer` answered for, at once and for remembered tokens too. */
export interface ForgetIssuer {
  (iss: string): void
  /** The authenticators that it reaches. */
  [reached]?: Pick<Authenticator<unknown>, 'forgetIssuer'>[]
}

/**
 * One function for several authenticators, for a framework whose scopes inherit from each other.
 *
 * @param inherited what an outer scope shares: if it was made here, it reaches the authenticator from now on
 */
export function sharedForgetIssuer(authenticator: Authenticator<unknown>, inherited?: ForgetIssuer): ForgetIssuer {
  inherited?.[reached]?.push(authenticator)
  return inherited ?? reaching([authenticator])
}

function reaching(authenticators: Authenticator<unknown>[]): ForgetIssuer {
  const forgetIssuer = (iss: string): void => authenticators.forEach((one) => one.forgetIssuer(iss))
  return Object.assign(forgetIssuer, { [reached]: authenticators })
}
