import type { ActiveAnswer } from './remembered-answers.ts'

/** Answers whether opaque tokens of an issuer are active. `IntrospectionClient` does. */
export interface TokenIntrospection {
  /** The issuer that is asked. */
  readonly issuer: string
  /** True if the issuer is asked about JWTs too. */
  readonly asksAboutJwts: boolean
  /**
   * @throws TokenError if the token is not an active access token of the issuer
   * @throws IntrospectionUnavailableError if the issuer does not answer
   */
  introspect(token: string): Promise<ActiveAnswer>
  /** Ends the requests that are under way. */
  close(): void
}

/** Recognized by its shape, not by its class: an application may have loaded another copy of this package. */
export function isTokenIntrospection(value: object): value is TokenIntrospection {
  return typeof (value as Partial<TokenIntrospection>).introspect === 'function'
}
