import { TokenError, type TokenPart } from '../../errors.ts'
import { Buffer, isUtf8 } from '../../platform.ts'
import { frozen } from './frozen.ts'
import { HeaderCache } from './header-cache.ts'

/** The header of a token: that of a JWT, or an empty object for an opaque token. */
export interface TokenHeader {
  readonly alg?: string
  readonly kid?: string
  readonly typ?: string
  readonly [parameter: string]: unknown
}

/** A JWS protected header (RFC 7515 §4). Untrusted until the signature has been verified. */
export interface JwtHeader extends TokenHeader {
  readonly alg: string
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

/** The JWS Signing Input and the signature over it: RFC 7515 §5.1. */
export interface Signed {
  /** The encoded header and payload, exactly as in the token. */
  readonly signingInput: Buffer
  readonly signature: Buffer
}

type JsonObject = Readonly<Record<string, unknown>>

/** Decodes the first segment of a JWS. */
export type HeaderReader = (segment: string) => JsonObject

/** Deeper nesting could overflow the stack of code that walks the claims later, such as a logger. */
const maxJsonDepth = 32

/**
 * A JWS in compact serialization (RFC 7515 §3.1, RFC 7519 §7.2). Each part is decoded on first access, so a token that
 * is refused early costs little. Nothing in it is trustworthy before the signature has been verified.
 */
export class CompactJws {
  readonly header: JsonObject
  readonly #token: string
  readonly #endOfHeader: number
  readonly #endOfPayload: number
  #payload: Buffer | undefined
  #claims: JsonObject | undefined

  private constructor(
    token: string,
    { endOfHeader, endOfPayload }: { readonly endOfHeader: number; readonly endOfPayload: number },
    header: JsonObject,
  ) {
    this.#token = token
    this.#endOfHeader = endOfHeader
    this.#endOfPayload = endOfPayload
    this.header = header
  }

  /**
   * Finds the three parts and decodes the header.
   *
   * @param readHeader decodes the header. Default: from the cache of headers, which is for those of issuers
   * @throws TokenError `token_too_long`, `token_malformed`
   */
  static parse(token: string, maxLength: number, readHeader: HeaderReader = knownHeader): CompactJws {
    if (token.length > maxLength) throw new TokenError('token_too_long')
    const endOfHeader = token.indexOf('.')
    const endOfPayload = token.indexOf('.', endOfHeader + 1)
    const startOfSignature = endOfPayload + 1
    const hasThreeParts =
      endOfHeader > 0 &&
      endOfPayload > endOfHeader + 1 &&
      startOfSignature < token.length &&
      !token.includes('.', startOfSignature)
    if (!hasThreeParts) throw new TokenError('token_malformed')
    return new CompactJws(token, { endOfHeader, endOfPayload }, readHeader(token.slice(0, endOfHeader)))
  }

  /**
   * The decoded payload, not parsed.
   *
   * @throws TokenError `token_malformed`
   */
  get payload(): Buffer {
    this.#payload ??= beginningAsObject(
      octetsIn(this.#token.slice(this.#endOfHeader + 1, this.#endOfPayload), 'payload'),
    )
    return this.#payload
  }

  /**
   * The parsed claims: not verified, not frozen, with unlimited nesting.
   *
   * @throws TokenError `token_malformed`
   */
  get unverifiedClaims(): JsonObject {
    this.#claims ??= objectIn(this.payload, 'payload')
    return this.#claims
  }

  /**
   * The claims, deeply frozen. Read only after the signature is verified, because freezing visits every member.
   *
   * @throws TokenError `token_malformed` if they are nested too deeply
   */
  get claims(): JsonObject {
    return frozenWithinDepth(this.unverifiedClaims, 'claims')
  }

  /** @throws TokenError `token_malformed` */
  get signed(): Signed {
    return {
      signingInput: Buffer.from(this.#token.slice(0, this.#endOfPayload), 'latin1'),
      signature: octetsIn(this.#token.slice(this.#endOfPayload + 1), 'signature'),
    }
  }

  /** Frees the payload during a wait: parsed claims can take ten times the memory of the token. */
  release(): void {
    this.#payload = undefined
    this.#claims = undefined
  }
}

/**
 * Decodes base64url without padding, white space or other characters (RFC 7515 §2). Decoders ignore those, and the
 * unused bits of the last character. Only the canonical encoding is accepted: otherwise a token would have several
 * spellings, and a cache or revocation list would treat them as different tokens.
 */
function octetsIn(segment: string, part: TokenPart): Buffer {
  const octets = Buffer.from(segment, 'base64url')
  if (octets.length === 0 || octets.toString('base64url') !== segment) throw new TokenError('token_malformed', { part })
  return octets
}

/** Refuses a payload that is not a JSON object, without parsing it: an object begins with a brace (RFC 8259 §2). */
function beginningAsObject(octets: Buffer): Buffer {
  if (octets[0] === openingBrace || octets.find((octet) => !jsonWhiteSpace.has(octet)) === openingBrace) return octets
  throw new TokenError('token_malformed', { part: 'payload' })
}

const openingBrace = 0x7b
const jsonWhiteSpace: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

const headers = new HeaderCache({ max: 100, longest: 512 })

/**
 * Decodes and freezes a header.
 *
 * @throws TokenError `token_malformed`
 */
export function decodeHeader(segment: string): JsonObject {
  return frozenWithinDepth(objectIn(octetsIn(segment, 'header'), 'header'), 'header')
}

function knownHeader(segment: string): JsonObject {
  const known = headers.recall(segment)
  if (known !== undefined) return known
  const header = decodeHeader(segment)
  headers.remember(segment, header)
  return header
}

/** Parses a JSON object. Of members with the same name, only the last is used, as in JSON.parse (RFC 7519 §4). */
function objectIn(octets: Buffer, part: TokenPart): JsonObject {
  const value = isUtf8(octets) ? parse(octets.toString()) : undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TokenError('token_malformed', { part })
  return value as JsonObject
}

/** Returns undefined if the text is not JSON. Drops the parser's message, because it quotes the text. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function frozenWithinDepth(object: JsonObject, part: TokenPart): JsonObject {
  try {
    return frozen(object, maxJsonDepth)
  } catch {
    throw new TokenError('token_malformed', { part })
  }
}
