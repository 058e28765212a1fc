import type { HttpRequest } from '../../http-message.ts'
import type { MtlsSettings } from '../../jwt/binding/mtls-options.ts'
import type { Confirmation, KeyConfirmation, PresentedToken } from '../credentials/key-confirmation.ts'
import { certificateError } from './certificate-fault.ts'
import { ForwardedCertificates } from './forwarded-certificate.ts'
import { socketThumbprint } from './socket-certificate.ts'

/** Confirms the certificate in `cnf["x5t#S256"]` with the client's certificate: RFC 8705 §3. Returns no promise. */
export class CertificateConfirmation implements KeyConfirmation {
  readonly member = 'x5t#S256'
  readonly #presented: (request: HttpRequest) => string | undefined

  constructor({ certificate }: MtlsSettings) {
    this.#presented =
      certificate === 'socket' ? socketThumbprint : headerThumbprint(new ForwardedCertificates(certificate))
  }

  /**
   * @throws ProofError if the certificate is missing, unreadable or another one
   * @throws VerificationUnavailableError if `trusted` fails
   */
  confirm({ request, issued }: PresentedToken): Confirmation {
    const { [this.member]: expected } = issued['cnf'] as Readonly<Record<string, unknown>>
    const thumbprint = this.#presented(request)
    if (thumbprint === undefined) throw certificateError('certificate_missing')
    if (thumbprint !== expected) throw certificateError('certificate_mismatch')
    return { proof: { kind: 'mtls', thumbprint } }
  }
}

function headerThumbprint(certificates: ForwardedCertificates): (request: HttpRequest) => string | undefined {
  return (request) => certificates.thumbprintOf(request)
}
