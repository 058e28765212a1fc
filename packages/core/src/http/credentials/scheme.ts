import { type BindingRules, type Presentation, presentationWith } from '../../jwt/binding/presentation.ts'
import type { ChallengeParameters } from '../refusals/challenge.ts'
import type { KeyConfirmation } from './key-confirmation.ts'

/**
 * An authentication scheme (RFC 9110 §11.1) that presents an access token, alone or with proofs of possession. See "A
 * second scheme" in ARCHITECTURE.md.
 */
export interface AuthenticationScheme extends Presentation {
  /** The spelling in challenges. Requests may use any case. */
  readonly name: string
  /** Challenge parameters in addition to those that every scheme has. */
  readonly challengeParameters: ChallengeParameters
  /** The mechanisms that confirm keys, in the order in which they are asked. */
  readonly confirmations: readonly KeyConfirmation[]
  /** False if the scheme has no challenge, because no request that uses it can pass. */
  readonly isOffered: boolean
}

/** The parts of a scheme. */
export interface SchemeParts {
  readonly confirmations?: readonly KeyConfirmation[]
  /** The members of `cnf` that every token must have in this scheme. */
  readonly required?: readonly string[]
  readonly challengeParameters?: ChallengeParameters
}

/** Creates a scheme that accepts tokens bound to the keys that its mechanisms confirm. */
export function schemeOf(
  name: string,
  { confirmations = [], required = [], challengeParameters = {} }: SchemeParts = {},
): AuthenticationScheme {
  const rules: BindingRules = { confirmed: confirmations.map(({ member }) => member), required }
  const isOffered = required.every((member) => rules.confirmed.includes(member))
  return { ...presentationWith(name, rules), challengeParameters, confirmations, isOffered }
}

/** RFC 6750, without a mechanism that confirms keys. */
export const bearer: AuthenticationScheme = schemeOf('Bearer')
