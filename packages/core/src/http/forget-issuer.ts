import type { Authenticator } from './authenticator.ts'

/** Stops trusting an issuer that `resolveIssuer` resolved, immediately and for cached tokens too. */
export type ForgetIssuer = (iss: string) => void

/** Registered globally, so that two copies of this package can share one function. */
const reached = Symbol.for('bearerkit.forgetting')

/** Carries the list of authenticators that it applies to. */
interface SharedForgetIssuer extends ForgetIssuer {
  [reached]?: Pick<Authenticator<unknown>, 'forgetIssuer'>[]
}

/**
 * Returns one function for several authenticators, for a framework with nested scopes.
 *
 * @param inherited the function of an outer scope. If this function created it, it now applies to the authenticator too.
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
