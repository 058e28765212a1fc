/** What is in a token, as far as it can be read without a key. */
export type TokenContents =
  | { readonly kind: 'jws'; readonly header: JsonObject; readonly claims: JsonObject; readonly hasSignature: boolean }
  | { readonly kind: 'jwe'; readonly header: JsonObject }
  | { readonly kind: 'opaque'; readonly reason: string }

export type JsonObject = Readonly<Record<string, unknown>>

/** Reads leniently, so that damaged tokens are shown too. The verifier is stricter. */
export function contentsOf(token: string): TokenContents {
  const segments = token.split('.')
  const header = objectIn(segments[0])
  if (segments.length === 5 && header !== undefined) return { kind: 'jwe', header }
  if (segments.length !== 3) return { kind: 'opaque', reason: opaqueReason(segments.length) }
  if (header === undefined) return { kind: 'opaque', reason: 'its first part is not JSON in base64url' }
  const claims = objectIn(segments[1])
  if (claims === undefined) return { kind: 'opaque', reason: 'its second part is not JSON in base64url' }
  return { kind: 'jws', header, claims, hasSignature: segments[2] !== '' }
}

function opaqueReason(parts: number): string {
  return parts === 1 ? 'it has no dots, so it is an opaque token, or cut off' : `it has ${parts} parts instead of 3`
}

function objectIn(segment: string | undefined): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment ?? '', 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
