import type { TokenFault } from '@bearerkit/core'
import type { ForgedTokens } from '@bearerkit/testing'

/** Why each forged token must be refused. */
export const refusals: Readonly<Record<keyof ForgedTokens, TokenFault>> = {
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
  jku: 'signature_invalid',
  x5c: 'signature_invalid',
  unknownCrit: 'critical_header_unsupported',
  fiveParts: 'token_malformed',
  tamperedPayload: 'signature_invalid',
  flippedSignatureBit: 'signature_invalid',
  nonCanonicalSignature: 'token_malformed',
  junk: 'token_malformed',
  hostileAlg: 'algorithm_not_accepted',
  boundToKey: 'proof_required',
}
