import { X509Certificate } from 'node:crypto'
import { createTestCertificate } from '@bearerkit/testing'
import * as fc from 'fast-check'
import { certificateIn } from '../../../src/http/mtls/certificate-format.ts'
import type { CertificateFormat } from '../../../src/jwt/binding/mtls-options.ts'
import { certificateThumbprint } from '../../../src/keys/certificate.ts'
import { albValue, envoyElement, haproxyValue, nginxValue, rfc9440Value } from './header-values.ts'

/** Set `FUZZ_RUNS=200000` for a long run, and `FUZZ_SEED` for another seed. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 1500)
const seed = Number(process.env['FUZZ_SEED'] ?? 8705)
const timeout = Math.max(30_000, numRuns * 10)

const victim = createTestCertificate({ commonName: 'victim.example' })
const victimsBase64 = victim.der.toString('base64')
const victimsElement = elementOf(victim.cert)

const good: readonly (readonly [CertificateFormat, string])[] = [
  ['rfc9440', rfc9440Value(victim.der)],
  ['der-base64', haproxyValue(victim.der)],
  ['pem-urlencoded', nginxValue(victim.cert)],
  ['pem-urlencoded', albValue(victim.cert)],
  ['xfcc', victimsElement],
  ['xfcc', `${elementOf(createTestCertificate().cert)},${victimsElement}`],
]

function elementOf(cert: string): string {
  return envoyElement({ cert, fingerprint256: new X509Certificate(cert).fingerprint256 })
}

function thumbprintIn(value: string, format: CertificateFormat): string | undefined {
  const der = certificateIn(value, format)
  return der && certificateThumbprint(der)
}

const hostileText = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    ',',
    ';',
    '=',
    ':',
    '%',
    '%0A',
    '%00',
    '+',
    ' ',
    '\n',
    'Cert="',
    ',Cert="',
    'Hash=',
    'é',
    '\u{0}',
  ),
  fc.string({ maxLength: 4 }),
)

/** Replaces some characters, at a place that is given as a fraction of the length. */
const edits = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 0, max: 6 }),
    fc.option(hostileText, { nil: '' }),
  ),
  { minLength: 1, maxLength: 4 },
)

function edited(value: string, [place, length, text]: readonly [number, number, string]): string {
  const start = Math.floor(place * value.length)
  return value.slice(0, start) + text + value.slice(start + length)
}

/** The whole certificate, in whatever way it is escaped. */
function stillHasTheCertificate(value: string): boolean {
  return value
    .replaceAll(/%2B/gi, '+')
    .replaceAll(/%2F/gi, '/')
    .replaceAll(/%3D/gi, '=')
    .replaceAll(/%0A|%0D/gi, '')
    .includes(victimsBase64)
}

describe.each(good)('a changed header in the format %s', (format, value) => {
  it(
    `never counts as the certificate unless the certificate is whole, and never crashes (${numRuns} mutants, seed ${seed})`,
    () => {
      expect(thumbprintIn(value, format)).toBe(victim.thumbprint)
      let refused = 0
      fc.assert(
        fc.property(edits, (list) => {
          const mutant = list.reduce(edited, value)
          const thumbprint = thumbprintIn(mutant, format)
          if (thumbprint !== victim.thumbprint) refused += 1
          else if (!stillHasTheCertificate(mutant)) throw new Error(`accepted: ${mutant}`)
        }),
        { numRuns, seed },
      )
      expect(refused).toBeGreaterThan(numRuns / 2)
    },
    timeout,
  )

  it('never counts if it is only random text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (text) => thumbprintIn(text, format) === undefined),
      { numRuns, seed },
    )
  })
})

describe('a client with a certificate of its own, behind Envoy', () => {
  const forgery = fc.constantFrom(
    victimsElement,
    `Hash=${new X509Certificate(victim.cert).fingerprint256.replaceAll(':', '')};Cert="${nginxValue(victim.cert)}"`,
    `Cert=${nginxValue(victim.cert)}`,
    `Cert="${nginxValue(victim.cert)}"`,
    nginxValue(victim.cert),
  )
  const parts = fc
    .array(fc.oneof(forgery, fc.constantFrom(',', ', ', ';', '"', '\\', '\\"', '=', 'URI=', 'a', 'By=a', ' ')), {
      maxLength: 8,
    })
    .map((list) => list.join(''))

  it(
    'never passes for another, whatever it writes into the names of its certificate and into the header',
    () => {
      const property = fc.property(parts, parts, (uri, sent) => {
        const { cert } = createTestCertificate({ uri: `spiffe://${uri}` })
        const hash = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase()
        const own = `By=spiffe://a;Hash=${hash};Cert="${nginxValue(cert)}";URI=spiffe://${uri}`
        // With SANITIZE_SET, and with APPEND_FORWARD.
        for (const value of [own, `${sent},${own}`])
          if (thumbprintIn(value, 'xfcc') === victim.thumbprint) throw new Error(`accepted: ${value}`)
      })
      fc.assert(property, { numRuns: Math.ceil(numRuns / 5), seed })
    },
    timeout,
  )
})
