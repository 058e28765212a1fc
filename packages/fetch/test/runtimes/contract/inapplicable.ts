/** Tests of the contract that a runtime cannot pass, by the title of the test or of its group, and why. */
export type Inapplicable = Readonly<Record<string, string>>

const noReader = 'there is no reader of X.509 certificates, so the option `mtls` is a ConfigurationError'
const noCertificate = 'the sockets of its servers do not give the certificate of the client'

/** Everything else of the contract runs on each of them. */
export const inapplicable: Readonly<Record<'Bun' | 'Deno' | 'web standards', Inapplicable>> = {
  Bun: {
    'answers 200 to the certificate of the connection': noCertificate,
    'answers 200 to a connection with a certificate that TLS trusts': noCertificate,
  },
  Deno: {},
  'web standards': {
    'tokens that are bound to a certificate (RFC 8705 §3)': noReader,
    'the certificate of the client': noReader,
    'pass with the certificate that they are bound to, and with no other': noReader,
  },
}
