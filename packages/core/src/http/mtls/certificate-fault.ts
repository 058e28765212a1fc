import { ProofError } from '../../errors.ts'

/** What can be wrong with the certificate of a request, with the message of each for logs: RFC 8705 §3. */
const faults = {
  certificate_missing: 'the token is bound to a certificate, and the client presented none',
  certificate_mismatch: 'the token is bound to another certificate than the one that the client presented',
  certificate_unreadable: 'the certificate in the header of the proxy cannot be read',
} as const

/** The `reason` of a refusal because of the client's certificate. */
export type CertificateFault = keyof typeof faults

/** @param detail for the log */
export function certificateError(fault: CertificateFault, detail?: string): ProofError {
  return new ProofError(fault, detail === undefined ? faults[fault] : `${faults[fault]}: ${detail}`)
}
