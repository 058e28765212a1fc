import type { X509Certificate } from 'node:crypto'
import { pemOctets, readCertificate } from '../../keys/certificate.ts'
import { percentDecoded } from './percent-encoding.ts'

/** The pairs that one proxy wrote, as `[key, value]`. Keys are in lower case; Envoy defines them as case-insensitive. */
type Element = readonly (readonly [key: string, value: string])[]

/**
 * One pair and the delimiter after it. A quoted value may contain delimiters, and a backslash escapes a character. Envoy
 * writes `By`, `URI` and `DNS` without quotes, also if they contain `=`.
 */
const pairs = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))(;|, *|$)/y

/**
 * Returns the certificate in a value of Envoy's header `x-forwarded-client-cert`. Each proxy appends an element, so the
 * last element is the one that the proxy in front of this server wrote, about the connection that it received.
 *
 * Every element must have one readable certificate. Otherwise what a client made up could pass for an element: see
 * {@link mayForgeElements}.
 */
export function certificateInXfcc(value: string): Buffer | undefined {
  const certificates = elementsOf(value)?.map(certificateOf)
  if (certificates === undefined || certificates.includes(undefined)) return undefined
  return certificates.at(-1)?.raw
}

function elementsOf(value: string): readonly Element[] | undefined {
  const elements: (readonly [string, string])[][] = [[]]
  for (let start = 0; ;) {
    pairs.lastIndex = start
    const match = pairs.exec(value)
    if (match === null) return undefined
    const [, key = '', quoted, plain = '', delimiter = ''] = match
    elements.at(-1)?.push([key.toLowerCase(), quoted ?? plain])
    if (delimiter === '') return elements
    if (delimiter !== ';') elements.push([])
    start = pairs.lastIndex
  }
}

/** A repeated `Cert` or `Hash` is ambiguous. `Hash` is the SHA-256 of the certificate in hexadecimal. */
function certificateOf(element: Element): X509Certificate | undefined {
  const [certificate, ...furtherCertificates] = valuesOf(element, 'cert').map(certificateInPem)
  const hashes = valuesOf(element, 'hash').map((hash) => hash.toLowerCase())
  if (certificate === undefined || furtherCertificates.length > 0 || hashes.length > 1) return undefined
  const expected = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  const agrees = hashes.every((hash) => hash === expected)
  return agrees && !mayForgeElements(certificate) ? certificate : undefined
}

function valuesOf(element: Element, key: string): readonly string[] {
  return element.filter(([name]) => name === key).map(([, value]) => value)
}

function certificateInPem(value: string): X509Certificate | undefined {
  const der = pemOctets(percentDecoded(value) ?? '')
  return der && readCertificate(der)
}

/**
 * Envoy copies the names in a certificate to `URI` and `DNS` without quotes. A client that makes its own certificate
 * could write `x,Cert="…"` there, and the part after the comma would look like the element of a further proxy. Node puts
 * names with such characters in quotes.
 */
function mayForgeElements({ subjectAltName = '' }: X509Certificate): boolean {
  return subjectAltName.includes('"')
}
