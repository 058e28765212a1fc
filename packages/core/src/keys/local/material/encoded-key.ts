import { Buffer } from '../../../platform.ts'
import { derElements, derTag } from './der.ts'

/**
 * Returns how the bytes encode a key of a key pair, or undefined if they do not. Such bytes are not a secret: if a
 * public key is used as an HMAC secret, anyone who knows that key can forge tokens (RFC 8725 §2.1).
 */
export function encodingOfKey(bytes: Uint8Array): string | undefined {
  return encodingOf(bytes) ?? encodingOf(base64In(bytes))
}

/** The encodings in which keys are published. */
const encodings: Readonly<Record<string, (bytes: Buffer, text: string) => boolean>> = {
  // RFC 7468, also after the text that OpenSSL writes before it.
  'a key in PEM': (_bytes, text) => text.includes('-----BEGIN '),
  'a JWK as text': (_bytes, text) => isJwkText(text),
  // RFC 4253 §6.6.
  'an OpenSSH public key': (_bytes, text) => /^(?:ssh|ecdsa|sk)-[\w.@-]+ AAAA/.test(text),
  'a public key in DER': (bytes) => isPublicKeyInDer(bytes),
}

function encodingOf(given: Uint8Array): string | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
  const text = bytes.toString('utf8').trim()
  return Object.entries(encodings).find(([, matches]) => matches(bytes, text))?.[0]
}

/** Decodes DER in base64, as in the body of PEM, in `x5c` (RFC 7517 §4.7), and on many administration pages. */
function base64In(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes).toString('latin1')
  return Buffer.from(/^[\w+/=\s-]+$/.test(text) ? text : '', 'base64')
}

/** RFC 7517 §4, §5: a JWK or a JWK Set. */
function isJwkText(text: string): boolean {
  if (!text.startsWith('{')) return false
  try {
    const { kty, keys } = JSON.parse(text) as Readonly<Record<string, unknown>>
    return typeof kty === 'string' || Array.isArray(keys)
  } catch {
    return false
  }
}

/** The tags of the elements in the outermost sequence. One in 2^40 random byte strings has one of these shapes. */
const shapesOfPublicKeys: readonly (readonly number[])[] = [
  // SubjectPublicKeyInfo: RFC 5280 §4.1.
  [derTag.sequence, derTag.bitString],
  // RSAPublicKey: RFC 8017 §A.1.1.
  [derTag.integer, derTag.integer],
  // Certificate: RFC 5280 §4.1.
  [derTag.sequence, derTag.sequence, derTag.bitString],
]

function isPublicKeyInDer(bytes: Buffer): boolean {
  const [sequence, ...further] = derElements(bytes) ?? []
  if (sequence?.tag !== derTag.sequence || further.length > 0) return false
  const tags = derElements(sequence.octets)?.map(({ tag }) => tag)
  return shapesOfPublicKeys.some((shape) => tags?.join() === shape.join())
}
