import { encode } from './forge.ts'

/** Edits of a signed token, for {@link TokenChange.compact}. None of them signs again. */

/** Replaces claims and keeps the old signature. */
export function replacePayload(claims: Readonly<Record<string, unknown>>): (token: string) => string {
  return (token) => {
    const [header, payload = '', signature] = token.split('.')
    const signed = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    return [header, encode(JSON.stringify({ ...signed, ...claims })), signature].join('.')
  }
}

/** Flips one bit in the middle of the signature. */
export function flipSignatureBit(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const octets = Buffer.from(signature, 'base64url')
  const middle = Math.floor(octets.length / 2)
  octets.writeUInt8(octets.readUInt8(middle) ^ 1, middle)
  return [header, payload, encode(octets)].join('.')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * Encodes the same signature differently: RFC 4648 §3.5. If its length is not a multiple of three octets, the last
 * character has two or four spare bits, which decoders ignore.
 *
 * @throws RangeError if there are no spare bits, as in ES384, ES512 and ML-DSA-65
 */
export function setSpareBit(token: string): string {
  if ((token.length - token.lastIndexOf('.') - 1) % 4 === 0) {
    throw new RangeError('a signature of this length has only one encoding: use another `alg`, such as ES256')
  }
  return token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) ^ 1)
}
