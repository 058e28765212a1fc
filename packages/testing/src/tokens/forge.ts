import { type OwnKeys, ownKeySigner, type Signer, type SyncSigner } from './signer.ts'

/** The differences between a forged token and a good one. Parts that are not given stay unchanged. */
export interface TokenChange {
  /** Header parameters to set; undefined removes one. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Claims to set; undefined removes one. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Rewrites the JSON text of the claims before signing, for text that JSON.stringify cannot produce. */
  readonly payload?: (json: string) => string
  /** Signs the token. Default: the issuer's key, so that the signature is valid for any header and claims. */
  readonly signer?: Signer
  /** Rewrites the compact serialization after signing. */
  readonly compact?: (token: string) => string
}

/** Creates a token that is good except for the change. */
export type Forge = (change?: TokenChange) => Promise<string>

/** @param issue issues the good token that each forged one starts from */
export function createForge(issue: () => Promise<string>, keys: OwnKeys): Forge {
  return async (change = {}) => {
    const [header, claims] = jsonSegmentsOf(await issue())
    const { signer = await ownKeySigner(keys, header['kid'] as string) } = change
    return signed({ header, claims }, { ...change, signer })
  }
}

/** The content of a good JWS. */
export interface JwsContent {
  readonly header: JsonObject
  readonly claims: JsonObject
}

/** Signs a JWS with a change. */
export async function signed(
  content: JwsContent,
  { compact = unchanged, signer, ...change }: TokenChange & { readonly signer: Signer },
): Promise<string> {
  const signingInput = signingInputOf(content, change)
  return compact(`${signingInput}.${encode(await signer(Buffer.from(signingInput)))}`)
}

/** Signs a JWS at once. */
export function signedAtOnce(content: JwsContent, signer: SyncSigner): string {
  const signingInput = signingInputOf(content, {})
  return `${signingInput}.${encode(signer(Buffer.from(signingInput)))}`
}

/** RFC 7515 §5.1, step 5. */
function signingInputOf({ header, claims }: JwsContent, { payload = unchanged, ...change }: TokenChange): string {
  return [
    encode(JSON.stringify({ ...header, ...change.header })),
    encode(payload(JSON.stringify({ ...claims, ...change.claims }))),
  ].join('.')
}

function unchanged(text: string): string {
  return text
}

export function encode(content: string | Uint8Array): string {
  return Buffer.from(content as string).toString('base64url')
}

type JsonObject = Readonly<Record<string, unknown>>

/** Decodes the protected header and the claims of an issued token. */
export function jsonSegmentsOf(token: string): readonly [header: JsonObject, claims: JsonObject] {
  const [header = '', claims = ''] = token.split('.')
  return [decode(header), decode(claims)]
}

function decode(segment: string): JsonObject {
  return JSON.parse(Buffer.from(segment, 'base64url').toString()) as JsonObject
}
