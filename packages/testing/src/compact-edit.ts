import { encode } from './forge.ts'

/** Edits of a finished token, for {@link TokenChange.compact}. The signature is never made again. */

/** Puts other claims under the old signature. */
export function replacePayload(claims: Readonly<Record<string, unknown>>): (token: string) => string {
  return (token) => {
    const [header, payload = '', signature] = token.split('.')
    const signed = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    return [header, encode(JSON.stringify({ ...signed, ...claims })), signature].join('.')
  }
}

/** Turns over one bit in the middle of the signature. */
export function flipSignatureBit(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const octets = Buffer.from(signature, 'base64url')
  const middle = Math.floor(octets.length / 2)
  octets.writeUInt8(octets.readUInt8(middle) ^ 1, middle)
  return [header, payload, encode(octets)].join('.')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * Spells the same signature in another way: RFC 4648 §3.5. Where its length is no multiple of three octets, the last
 * character has two or four bits to spare, which decoders pass over.
 *
 * @throws RangeError where there are no spare bits, as in ES384, ES512 and ML-DSA-65
 */
export function setSpareBit(token: string): string {
  if ((token.length - token.lastIndexOf('.') - 1) % 4 === 0) {
    throw new RangeError('a signature of this length has only one spelling: take another `alg`, such as ES256')
  }
  return token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) ^ 1)
}
