import { LRUCache } from 'lru-cache'
import { immediateAnswer } from '../../callback.ts'
import { VerificationUnavailableError } from '../../errors.ts'
import type { HttpRequest } from '../../http-message.ts'
import type { ForwardedCertificate } from '../../jwt/binding/mtls-options.ts'
import { digestOf } from '../../jwt/verified-token-cache.ts'
import { certificateThumbprint } from '../../keys/certificate.ts'
import { hasSeveralLines } from '../header-lines.ts'
import { certificateError } from './certificate-fault.ts'
import { certificateIn } from './certificate-format.ts'

/** How many certificates are remembered. A header has a few thousand characters, and here it takes about 100 octets. */
const remembered = 10_000

/** Reads the certificate that a proxy received from the client and sends along in a header. */
export class ForwardedCertificates {
  readonly #options: ForwardedCertificate
  readonly #name: string
  /** The thumbprints by the digest of the header value. */
  readonly #thumbprints = new LRUCache<string, string>({ max: remembered })

  constructor(options: ForwardedCertificate) {
    this.#options = options
    this.#name = options.header.toLowerCase()
  }

  /**
   * Returns the thumbprint of the certificate, or undefined if there is none. A header that the sender of the request
   * may not set counts as absent, because any client can send it.
   *
   * @throws ProofError `certificate_unreadable`
   * @throws VerificationUnavailableError if `trusted` throws or does not return a boolean
   */
  thumbprintOf(request: HttpRequest): string | undefined {
    const value = request.headers[this.#name]
    // Proxies send an empty header if the client has no certificate.
    if (value === undefined || value === '' || !this.#mayBeSet(request)) return undefined
    if (typeof value !== 'string' || hasSeveralLines(request, this.#name))
      throw certificateError('certificate_unreadable', `the header ${this.#name} occurs twice`)
    const digest = digestOf(value)
    const thumbprint = this.#thumbprints.get(digest) ?? this.#read(value)
    this.#thumbprints.set(digest, thumbprint)
    return thumbprint
  }

  #mayBeSet(request: HttpRequest): boolean {
    const answer = this.#askTrusted(request)
    if (answer !== undefined) return answer
    throw new VerificationUnavailableError('`trusted` of the option `mtls` must return true or false', {
      option: 'mtls',
    })
  }

  #askTrusted(request: HttpRequest): boolean | undefined {
    try {
      return immediateAnswer(this.#options.trusted(request))
    } catch (cause) {
      throw new VerificationUnavailableError('`trusted` of the option `mtls` failed', { cause, option: 'mtls' })
    }
  }

  #read(value: string): string {
    const { format } = this.#options
    const certificate = certificateIn(value, format)
    if (certificate !== undefined) return certificateThumbprint(certificate)
    throw certificateError('certificate_unreadable', `${this.#name} is not one certificate in the format ${format}`)
  }
}
