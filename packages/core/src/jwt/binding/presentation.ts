import { TokenError } from '../../errors.ts'
import type { AccessTokenClaims } from '../jws/compact-jws.ts'
import type { VerifierSettings } from '../verifier-options.ts'

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

/** The members of the `cnf` claim (RFC 7800 §3.1) that a presentation knows. Each names the key of one mechanism. */
export interface BindingRules {
  /** The members whose key is confirmed. A token with any other member is refused: nothing would check it. */
  readonly confirmed: readonly string[]
  /** The members that every token must have. */
  readonly required: readonly string[]
}

/** Creates a presentation that confirms the keys of these members, and all that a token names. */
export function presentationWith(name: string, rules: BindingRules): Presentation {
  return { name, checkBinding: ({ cnf }) => checkConfirmation(cnf, rules) }
}

type ProofSettings = Pick<VerifierSettings, 'dpop' | 'mtls'>

/** The members of `cnf` that the options require of every token. */
export function requiredMembers({ dpop, mtls }: ProofSettings): readonly string[] {
  return [...(dpop?.required === true ? ['jkt'] : []), ...(mtls?.required === true ? ['x5t#S256'] : [])]
}

/**
 * The token alone. Refuses key-bound tokens, because nothing proves possession of the key (RFC 7800 §3.1). If the options
 * require a key, it refuses all tokens.
 */
export function withoutProof(settings: ProofSettings): Presentation {
  return presentationWith('Bearer', { confirmed: [], required: requiredMembers(settings) })
}

function checkConfirmation(cnf: unknown, { confirmed, required }: BindingRules): void {
  // Called for every request, and most tokens are not bound.
  if (cnf === undefined && required.length === 0) return
  const members = cnf === undefined ? [] : membersOf(cnf)
  if (members === undefined || members.some((member) => !confirmed.includes(member)))
    throw new TokenError('proof_required')
  if (required.some((member) => !members.includes(member))) throw new TokenError('token_unbound')
}

/** Returns undefined if the claim names no key at all. */
function membersOf(cnf: unknown): readonly string[] | undefined {
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return undefined
  const members = Object.keys(cnf)
  return members.length === 0 ? undefined : members
}
