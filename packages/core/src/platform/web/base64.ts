const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const urlAlphabet = `${alphabet.slice(0, 62)}-_`

/** The six bits of each character, of both alphabets. */
const bitsOf = new Map(
  [alphabet, urlAlphabet].flatMap((characters) =>
    Array.from(characters, (_, value) => [characters.charCodeAt(value), value] as const),
  ),
)
const padding = 0x3d

/** Encodes as base64 with padding: RFC 4648 §4. */
export function base64(octets: Uint8Array): string {
  const text = encoded(octets, alphabet)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** Encodes as base64url without padding: RFC 4648 §5, RFC 7515 §2. */
export function base64url(octets: Uint8Array): string {
  return encoded(octets, urlAlphabet)
}

function encoded(octets: Uint8Array, characters: string): string {
  let text = ''
  let bits = 0
  let count = 0
  for (const octet of octets) {
    bits = ((bits & 0x3f) << 8) | octet
    count += 8
    for (; count >= 6; count -= 6) text += characters[(bits >> (count - 6)) & 0x3f]
  }
  return count === 0 ? text : text + characters[(bits << (6 - count)) & 0x3f]
}

/** Decodes both alphabets as Node does: it passes over other characters, and ends at the padding. Callers check the form. */
export function fromBase64(text: string): number[] {
  const octets: number[] = []
  let bits = 0
  let count = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === padding) break
    const value = bitsOf.get(code)
    if (value === undefined) continue
    bits = ((bits & 0x3f) << 6) | value
    count += 6
    if (count < 8) continue
    count -= 8
    octets.push((bits >> count) & 0xff)
  }
  return octets
}
