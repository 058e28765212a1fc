/** Tests of the contract that a surface cannot pass, by the title of the test or of its group, and why. */
export type Inapplicable = Readonly<Record<string, string>>

const noReader = 'there is no reader of X.509 certificates, so the option `mtls` is a ConfigurationError'
const noCertificate = 'its servers do not tell the certificate of the client'
const noNodeServer = 'the test wants the response of a Node server'
const joined = '`Headers` joins the lines of a header, and they are sent as one'
const sameRows = 'the same rows run over a socket'

/** Of a server that is not that of Node. */
const native: Inapplicable = {
  'status table through supertest': sameRows,
  'an outcome that comes too late': noNodeServer,
  'is not waited for if the client leaves': noNodeServer,
  'keeps a challenge that the application set': noNodeServer,
  'keeps several challenges that the application set': noNodeServer,
  'does not repeat a challenge that the application set': noNodeServer,
  'keeps the challenge of an application with an error handler': noNodeServer,
  'does not keep the challenge for the next answer': noNodeServer,
  'answers 200 to the certificate of the connection': noCertificate,
  'answers 200 to a connection with a certificate that TLS trusts': noCertificate,
  'answers 401 to two lines of Envoy': joined,
  'answers 400 to another challenge after the token': joined,
  'get a challenge for each scheme in a line of its own': joined,
}

const longHeaders = 'it refuses headers of more than 16 KiB itself, with 431'

/** Everything else of the contract runs on each of them. */
export const inapplicable: Readonly<
  Record<'Bun' | 'Bun.serve' | 'Deno' | 'Deno.serve' | 'web standards', Inapplicable>
> = {
  Bun: {
    'answers 200 to the certificate of the connection': noCertificate,
    'answers 200 to a connection with a certificate that TLS trusts': noCertificate,
  },
  'Bun.serve': {
    ...native,
    'answers 401 to the wrong proof tooLong': longHeaders,
    'answers 401 to an opaque token of 20,000 characters': longHeaders,
    'are refused without a fetch: 20 KB of random text': longHeaders,
  },
  Deno: {},
  'Deno.serve': {
    ...native,
    'answers 400 to two Authorization lines, the first one empty': 'it leaves out an empty line',
    'may be 65,536 bytes long': 'it adds `Connection: close` to that of the answer',
  },
  'web standards': {
    'tokens that are bound to a certificate (RFC 8705 §3)': noReader,
    'the certificate of the client': noReader,
    'pass with the certificate that they are bound to, and with no other': noReader,
  },
}
