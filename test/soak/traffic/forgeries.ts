import type { ForgedTokens } from '@bearerkit/testing'

/** A token that is bad from the beginning, and the answer that it must get. */
export interface Forgery {
  readonly answer: string
  readonly make: () => Promise<string>
}

/** The names of the forgeries, and the reason why each must be refused. */
const reasons = {
  algNone: 'token_malformed',
  hs256WithPublicKey: 'algorithm_not_accepted',
  wrongKey: 'signature_invalid',
  unknownKid: 'key_unknown',
  wrongTyp: 'type_not_accepted',
  expired: 'token_expired',
  notYetValid: 'token_not_yet_valid',
  wrongIssuer: 'issuer_mismatch',
  wrongAudience: 'audience_mismatch',
  missingExp: 'claim_missing',
  infiniteExp: 'claim_invalid',
  embeddedJwk: 'signature_invalid',
  x5c: 'signature_invalid',
  unknownCrit: 'critical_header_unsupported',
  fiveParts: 'token_malformed',
  tamperedPayload: 'signature_invalid',
  flippedSignatureBit: 'signature_invalid',
  nonCanonicalSignature: 'token_malformed',
  boundToKey: 'proof_required',
} as const satisfies Partial<Record<keyof ForgedTokens, string>>

export function forgeries(forged: ForgedTokens): Forgery[] {
  return Object.entries(reasons).map(([name, reason]) => ({
    answer: `401 ${reason}`,
    make: () => forged[name as keyof typeof reasons](),
  }))
}
