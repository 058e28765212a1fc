import { explain, type ExplainOptions } from './explanation/explain.ts'
import type { Explanation } from './explanation/explanation.ts'
import type { AccessTokenClaims } from './jwt/jws/compact-jws.ts'
import { Verifier } from './jwt/verifier.ts'

/**
 * Verifies access tokens: JWTs, and opaque tokens of issuers with `introspection`.
 *
 * ```ts
 * import { TokenVerifier } from '@bearerkit/core'
 *
 * const verifier = new TokenVerifier({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * const { claims } = await verifier.verify('eyJ…').catch(() => ({ claims: undefined }))
 * ```
 */
export class TokenVerifier<Claims = AccessTokenClaims> extends Verifier<Claims> {
  /**
   * Explains step by step why a token is accepted or refused, and how an API with these options would answer. For
   * developers: it takes longer than {@link verify}, and its text tells more than a client may know. It verifies with the
   * rules and the keys of this verifier, and the text quotes neither the token nor a secret. It never rejects.
   *
   * ```ts
   * import { TokenVerifier } from '@bearerkit/core'
   *
   * const verifier = new TokenVerifier({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
   * const { steps, answer } = await verifier.explain('eyJ…')
   * for (const { name, outcome, expected, found, advice } of steps) console.log(outcome, name, { expected, found, advice })
   * console.log(answer.outcome, answer.reason)
   * ```
   */
  explain(token: string, options: ExplainOptions = {}): Promise<Explanation> {
    return explain(
      {
        settings: this.settings,
        issuers: this.issuers,
        isOpaque: (text) => this.isOpaque(text),
        knownIssuer: (iss) => this.knownIssuer(iss),
        verify: (text, presentation, request) => this.verifyAnew(text, presentation, request),
      },
      token,
      options,
    )
  }
}
