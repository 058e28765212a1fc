import { requiredMembers } from '../../jwt/binding/presentation.ts'
import type { SharedSettings } from '../../jwt/verifier-options.ts'
import { DpopConfirmation } from '../dpop/dpop-confirmation.ts'
import { CertificateConfirmation } from '../mtls/certificate-confirmation.ts'
import type { KeyConfirmation } from './key-confirmation.ts'
import { type AuthenticationScheme, schemeOf } from './scheme.ts'

/** Returns the schemes that the options of `verifyJwt` switch on, in the order of their challenges. */
export function schemesFor(settings: SharedSettings): readonly AuthenticationScheme[] {
  const { dpop, mtls, clock } = settings
  const required = requiredMembers(settings)
  // RFC 8705 §3: the certificate belongs to the connection, so it serves every scheme.
  const certificate = mtls === undefined ? [] : [new CertificateConfirmation(mtls)]
  const bearer = schemeOf('Bearer', { confirmations: certificate, required })
  if (dpop === undefined) return [bearer]
  const proof = new DpopConfirmation(dpop, clock)
  return [bearer, dpopScheme([...certificate, proof], [...required, proof.member], dpop.algorithms)]
}

/** RFC 9449 §7.1. The proof is the last mechanism, because it can be used only once. */
function dpopScheme(
  confirmations: readonly KeyConfirmation[],
  required: readonly string[],
  algorithms: readonly string[],
): AuthenticationScheme {
  return schemeOf('DPoP', { confirmations, required, challengeParameters: { algs: algorithms.join(' ') } })
}
