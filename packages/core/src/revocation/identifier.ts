import { hash } from '../platform.ts'

/** The claims by which tokens are revoked: RFC 7519 §4.1.7, OpenID Connect Front-Channel Logout §3, RFC 7519 §4.1.2, RFC 8693 §4.3. */
export const identifierKinds = ['jti', 'sid', 'sub', 'client_id'] as const

/** A claim by which tokens are revoked. */
export type IdentifierKind = (typeof identifierKinds)[number]

/** The value of a claim. With `iss`, only the tokens of that issuer have it. */
export interface Identifier {
  readonly kind: IdentifierKind
  readonly value: string
  readonly iss: string | undefined
}

/** The length of a digest, in bytes. */
export const digestLength = 16

/**
 * Returns the name of an identifier in stores and in memory: half of a SHA-256, in base64url. The identifier itself, which may
 * be an e-mail address, is stored nowhere.
 */
export function digestOf({ kind, value, iss }: Identifier): string {
  const full = hash('sha256', JSON.stringify([kind, iss ?? null, value]), 'buffer')
  return full.toString('base64url', 0, digestLength)
}

const issuerFactor = 0x9e3779b1
const scopeFactor = 0x85ebca6b

/** A group of identifiers: those of one kind, with or without an issuer. */
export type Group = number

export const groups: number = 2 * identifierKinds.length

export function groupOf(kind: number, isForOneIssuer: boolean): Group {
  return 2 * kind + (isForOneIssuer ? 1 : 0)
}

/**
 * Combines the hashes of an identifier's parts into its mark: 32 bits, which are much faster to compute than a digest. Most
 * tokens have no mark of a revoked identifier, and the others are told apart by digest. Marks are stored, so all versions of
 * this package must compute the same.
 */
export function markFrom(group: Group, value: number, iss: number): number {
  return mixed(value ^ Math.imul(iss, issuerFactor) ^ Math.imul(group + 1, scopeFactor))
}

export function markOf({ kind, value, iss }: Identifier): number {
  const group = groupOf(identifierKinds.indexOf(kind), iss !== undefined)
  return markFrom(group, fastHash(value), iss === undefined ? 0 : fastHash(iss))
}

/** FNV-1a over UTF-16 code units, for speed. Collisions are found by digest. */
export function fastHash(text: string): number {
  let state = 0x811c9dc5 | 0
  for (let index = 0; index < text.length; index += 1) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  return state
}

/** Spreads similar numbers over all 32 bits: the finalizer of MurmurHash3. */
export function mixed(number: number): number {
  let state = number ^ (number >>> 16)
  state = Math.imul(state, 0x85ebca6b)
  state ^= state >>> 13
  state = Math.imul(state, 0xc2b2ae35)
  return state ^ (state >>> 16)
}
