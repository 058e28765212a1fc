import { TokenError } from '../errors.ts'

/** A JWS protected header (RFC 7515 §4). Hostile until the signature holds. */
export interface JwtHeader {
  readonly alg: string
  readonly kid?: string
  readonly typ?: string
  readonly [parameter: string]: unknown
}

/** The claims of an access token: RFC 7519 §4.1, RFC 9068 §2.2. */
export interface AccessTokenClaims {
  iss: string
  exp: number
  aud?: string | string[]
  sub?: string
  client_id?: string
  iat?: number
  nbf?: number
  jti?: string
  scope?: string
  [claim: string]: unknown
}

/** The three parts of a JWS compact serialization, taken apart and not yet believed. */
export interface CompactJws {
  readonly token: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

const maxJsonDepth = 32

/**
 * Takes a token apart: RFC 7515 §3.1, RFC 7519 §7.2.
 *
 * @throws TokenError `token_too_long`, `token_malformed`
 */
export function parseCompactJws(token: string, maxLength: number): CompactJws {
  if (token.length > maxLength) throw new TokenError('token_too_long')
  const [header, payload, signature, surplus] = token.split('.', 4)
  if (header === undefined || payload === undefined || signature === undefined || surplus !== undefined) {
    throw new TokenError('token_malformed')
  }
  octetsOf(signature)
  return { token, header: objectIn(header), claims: objectIn(payload) }
}

/**
 * RFC 7515 §2: base64url without padding, white space or foreign characters. Decoders pass over those, and over the
 * spare bits of the last character; a token that can be spelled in two ways is not one token, so neither passes here.
 */
function octetsOf(segment: string): Buffer {
  const octets = Buffer.from(segment, 'base64url')
  if (octets.length === 0 || octets.toString('base64url') !== segment) throw new TokenError('token_malformed')
  return octets
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Of members with one name the last counts, as JSON.parse has it, and only that is ever looked at (RFC 7519 §4). */
function objectIn(segment: string): Readonly<Record<string, unknown>> {
  const octets = octetsOf(segment)
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(octets))
  } catch (cause) {
    throw new TokenError('token_malformed', {
      cause: new Error('the segment is not JSON in UTF-8', { cause: (cause as Error).name }),
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isDeeperThan(maxJsonDepth, value)) {
    throw new TokenError('token_malformed')
  }
  return value as Record<string, unknown>
}

/** Deeply nested values overflow the stack of whoever walks them later, a logger for instance. */
function isDeeperThan(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((member) => isDeeperThan(depth - 1, member))
}
