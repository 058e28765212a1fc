import type { SigningKey } from '../../keys/key-roles.ts'

/** Signs a payload and returns the JWS in compact serialization: RFC 7515 §7.1. */
export async function compactJws(header: object, payload: object, key: SigningKey): Promise<string> {
  const signingInput = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
  return `${signingInput}.${base64url(await key.sign(Buffer.from(signingInput)))}`
}

function base64url(content: string | Uint8Array): string {
  return Buffer.from(content as string).toString('base64url')
}
