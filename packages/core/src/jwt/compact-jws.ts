import { isUtf8 } from 'node:buffer'
import { LRUCache } from 'lru-cache'
import { TokenError } from '../errors.ts'
import { frozen } from './frozen.ts'

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

/** What a signature was made of, and the signature: RFC 7515 §5.1. */
export interface Signed {
  /** The header and the payload, as the token spells them. */
  readonly signingInput: Buffer
  readonly signature: Buffer
}

/** A JWS in compact serialization, taken apart and not yet believed. */
export interface CompactJws extends Signed {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Deeply nested values overflow the stack of whoever walks them later, a logger for instance. */
const maxJsonDepth = 32

/**
 * Takes a token apart: RFC 7515 §3.1, RFC 7519 §7.2.
 *
 * @throws TokenError `token_too_long`, `token_malformed`
 */
export function parseCompactJws(token: string, maxLength: number): CompactJws {
  if (token.length > maxLength) throw new TokenError('token_too_long')
  const endOfHeader = token.indexOf('.')
  const endOfPayload = token.indexOf('.', endOfHeader + 1)
  if (endOfPayload === -1) throw new TokenError('token_malformed')
  // A third dot would be in the signature, and is no base64url.
  const signature = octetsIn(token.slice(endOfPayload + 1))
  return {
    header: headerIn(token.slice(0, endOfHeader)),
    claims: objectIn(token.slice(endOfHeader + 1, endOfPayload)),
    signingInput: Buffer.from(token.slice(0, endOfPayload), 'latin1'),
    signature,
  }
}

/**
 * RFC 7515 §2: base64url without padding, white space or foreign characters. Decoders pass over those, and over the
 * spare bits of the last character; a token that can be spelled in two ways is not one token, so only the spelling that
 * an encoder gives passes here.
 */
function octetsIn(segment: string): Buffer {
  const octets = Buffer.from(segment, 'base64url')
  if (octets.length === 0 || octets.toString('base64url') !== segment) throw new TokenError('token_malformed')
  return octets
}

/** An issuer's headers are few, and the same for many tokens: those seen before are not parsed again. */
const headers = new LRUCache<string, Readonly<Record<string, unknown>>>({ max: 100 })
const longestKnownHeader = 512

function headerIn(segment: string): Readonly<Record<string, unknown>> {
  const known = headers.get(segment)
  if (known !== undefined) return known
  const header = objectIn(segment)
  if (segment.length <= longestKnownHeader) headers.set(copied(segment), header)
  return header
}

/** A part of a string keeps the whole of it in memory, and a token is not to be kept. */
function copied(segment: string): string {
  return Buffer.from(segment, 'latin1').toString('latin1')
}

/** Of members with one name the last counts, as JSON.parse has it, and only that is ever looked at (RFC 7519 §4). */
function objectIn(segment: string): Readonly<Record<string, unknown>> {
  const octets = octetsIn(segment)
  const value = isUtf8(octets) ? parse(octets.toString()) : undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TokenError('token_malformed')
  return value as Record<string, unknown>
}

/** Nothing, where the text is no JSON or is nested too deeply. The parser's reason stays out of it: it quotes what it parsed. */
function parse(json: string): unknown {
  try {
    return frozen(JSON.parse(json), maxJsonDepth)
  } catch {
    return undefined
  }
}
