import type { SigningKeys } from '@bearerkit/core'
import { keySigner, type Signer } from './signer.ts'

/** How a forged token differs from a good one. What is left out stays as it was. */
export interface TokenChange {
  /** Header parameters; undefined removes one. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Claims; undefined removes one. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Rewrites the JSON text of the claims before it is signed, for what JSON.stringify never writes. */
  readonly payload?: (json: string) => string
  /** Who signs. Default: the issuer's own key, so that header and claims are vouched for, however strange. */
  readonly signer?: Signer
  /** Rewrites the compact serialization, after it was signed. */
  readonly compact?: (token: string) => string
}

/** Makes a token that is a good one but for the change. */
export type Forge = (change?: TokenChange) => Promise<string>

/** `issue` makes the good token that each forged one starts from. */
export function createForge(issue: () => Promise<string>, keys: SigningKeys): Forge {
  return async (change = {}) => {
    const [header, claims] = jsonSegmentsOf(await issue())
    const {
      payload = unchanged,
      compact = unchanged,
      signer = keySigner(await keys.signingKey(header['kid'] as string)),
    } = change
    const signingInput = [
      encode(JSON.stringify({ ...header, ...change.header })),
      encode(payload(JSON.stringify({ ...claims, ...change.claims }))),
    ].join('.')
    return compact(`${signingInput}.${encode(await signer(Buffer.from(signingInput)))}`)
  }
}

function unchanged(text: string): string {
  return text
}

export function encode(content: string | Uint8Array): string {
  return Buffer.from(content as string).toString('base64url')
}

type JsonObject = Readonly<Record<string, unknown>>

/** The protected header and the claims of a token of ours. */
function jsonSegmentsOf(token: string): readonly [header: JsonObject, claims: JsonObject] {
  const [header = '', claims = ''] = token.split('.')
  return [decode(header), decode(claims)]
}

function decode(segment: string): JsonObject {
  return JSON.parse(Buffer.from(segment, 'base64url').toString()) as JsonObject
}
