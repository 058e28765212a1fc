import { ProofError, type ProofErrorOptions } from '../../errors.ts'

/** The rules for a DPoP proof, with the message of each for logs: RFC 9449 §4.3, §7.1, §9. No message quotes a secret. */
const faults = {
  dpop_proof_missing: 'the request has no `DPoP` header',
  dpop_proof_repeated: 'the request has more than one DPoP proof',
  dpop_proof_malformed: 'the DPoP proof is not a JWS in compact serialization, or is too long',
  dpop_typ_mismatch: 'the `typ` header of the DPoP proof is not dpop+jwt',
  dpop_alg_not_accepted: 'the `alg` header of the DPoP proof is not an accepted algorithm',
  dpop_crit_unsupported: 'the `crit` or `b64` header of the DPoP proof requires an unsupported extension',
  dpop_jwk_invalid: 'the `jwk` header of the DPoP proof is not a public key for its algorithm, or too weak',
  dpop_signature_invalid: 'the signature of the DPoP proof does not verify',
  dpop_htm_mismatch: 'the `htm` claim of the DPoP proof is not the method of the request',
  dpop_htu_mismatch: 'the `htu` claim of the DPoP proof is not the URI of the request',
  dpop_iat_invalid: 'the `iat` claim of the DPoP proof is not a number',
  dpop_proof_too_old: 'the DPoP proof is older than proofLifetime, counted from its `iat` claim',
  dpop_proof_in_future: 'the `iat` claim of the DPoP proof is in the future',
  dpop_jti_invalid: 'the `jti` claim of the DPoP proof is not a string of 1 to 256 characters',
  dpop_proof_replayed: 'the DPoP proof was used before',
  dpop_ath_mismatch: 'the `ath` claim of the DPoP proof is not the hash of the token',
  dpop_key_mismatch: 'the token is bound to another key than the one of the DPoP proof',
  dpop_nonce_missing: 'the DPoP proof has no `nonce` claim',
  dpop_nonce_mismatch: 'the `nonce` claim of the DPoP proof is not one that is accepted at this time',
} as const

/** The `reason` of a refusal because of a DPoP proof. */
export type DpopFault = keyof typeof faults

/** RFC 9449 §7.1, §9: the `error` of the challenge. */
function errorOf(fault: DpopFault): string {
  return fault.startsWith('dpop_nonce_') ? 'use_dpop_nonce' : 'invalid_dpop_proof'
}

/** @param detail for the log: what was expected, and what came */
export function dpopError(
  fault: DpopFault,
  { detail, ...options }: Omit<ProofErrorOptions, 'error'> & { readonly detail?: string | undefined } = {},
): ProofError {
  const message = detail === undefined ? faults[fault] : `${faults[fault]}: ${detail}`
  return new ProofError(fault, message, { ...options, error: errorOf(fault) })
}
