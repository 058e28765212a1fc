import type { Authenticator } from './authenticator.ts'

/** Ends the trust in an issuer that `resolveIssuer` answered for, at once and for remembered tokens too. */
export type ForgetIssuer = (iss: string) => void

/** Registered, so that two copies of this package share one function. */
const reached = Symbol.for('bearerkit.forgetting')

/** A function that knows the authenticators that it reaches. */
interface SharedForgetIssuer extends ForgetIssuer {
  [reached]?: Pick<Authenticator<unknown>, 'forgetIssuer'>[]
}

/**
 * One function for several authenticators, for a framework whose scopes inherit from each other.
 *
 * @param inherited what an outer scope shares: if it was made here, it reaches the authenticator from now on
 */
export function sharedForgetIssuer(authenticator: Authenticator<unknown>, inherited?: ForgetIssuer): ForgetIssuer {
  const shared: SharedForgetIssuer | undefined = inherited
  shared?.[reached]?.push(authenticator)
  return inherited ?? reaching([authenticator])
}

function reaching(authenticators: Authenticator<unknown>[]): ForgetIssuer {
  const forgetIssuer = (iss: string): void => authenticators.forEach((one) => one.forgetIssuer(iss))
  return Object.assign(forgetIssuer, { [reached]: authenticators })
}
