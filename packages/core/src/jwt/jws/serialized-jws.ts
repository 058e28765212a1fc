import type { SigningKey } from '../../keys/key-roles.ts'
import { Buffer } from '../../platform.ts'

/** Signs a payload and returns the JWS in compact serialization: RFC 7515 §7.1. */
export async function compactJws(header: object, payload: object, key: SigningKey): Promise<string> {
  return signedJws(encoded(header), payload, key)
}

/** The same with a header that was encoded before. */
export async function signedJws(header: string, payload: object, key: SigningKey): Promise<string> {
  const signingInput = `${header}.${encoded(payload)}`
  const { buffer, byteOffset, byteLength } = await key.sign(Buffer.from(signingInput, 'latin1'))
  return `${signingInput}.${Buffer.from(buffer, byteOffset, byteLength).toString('base64url')}`
}

/** Encodes a part of a JWS: BASE64URL(UTF8(JSON)). */
export function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
