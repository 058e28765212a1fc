import { requiredMembers } from '../../jwt/presentation.ts'
import type { VerifierSettings } from '../../jwt/verifier-options.ts'
import { CertificateConfirmation } from '../mtls/certificate-confirmation.ts'
import { type AuthenticationScheme, schemeOf } from './scheme.ts'

/** Returns the schemes that the options of `verifyJwt` switch on, in the order of their challenges. */
export function schemesFor(settings: VerifierSettings): readonly AuthenticationScheme[] {
  const { mtls } = settings
  const required = requiredMembers(settings)
  // RFC 8705 §3: the certificate belongs to the connection, so it serves every scheme.
  const confirmations = mtls === undefined ? [] : [new CertificateConfirmation(mtls)]
  return [schemeOf('Bearer', { confirmations, required })]
}
