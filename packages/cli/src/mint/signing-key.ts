import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type ImportableKey, type KeyRef, LocalKeyProvider, type SigningKeys } from '@bearerkit/core'
import { UsageError } from '../frame/failure.ts'
import type { Runtime } from '../frame/runtime.ts'
import { typedOrPiped } from '../token/given-token.ts'

/** Which key signs. */
export interface KeyFile {
  /** The path of a file, or `-` for standard input. */
  readonly path: string
  readonly alg?: string | undefined
  readonly kid?: string | undefined
}

type Jwk = Readonly<Record<string, unknown>>

/**
 * Reads a private key, as JWK or PEM. Tokens name it by the given kid, or else by that of the JWK, or else by its
 * thumbprint.
 *
 * @throws UsageError if the file cannot be read. Its message does not quote the file.
 * @throws InvalidKeyError
 */
export async function signingKeyIn({ path, alg, kid }: KeyFile, runtime: Runtime): Promise<SigningKeys> {
  const text = (path === '-' ? await typedOrPiped(runtime) : await contentsOf(path)).trim()
  const jwk = text.startsWith('{') ? jwkIn(text) : undefined
  const material = (jwk ?? text) as ImportableKey
  const algorithm = alg ?? textIn(jwk, 'alg') ?? algorithmFor(material)
  const publishedKid = kid ?? textIn(jwk, 'kid') ?? (await importKey(algorithm, material)).fingerprint
  const keys = new LocalKeyProvider(runtime.clock === undefined ? {} : { clock: runtime.clock })
  await keys.importKey({ alg: algorithm, publishedKid }, material)
  return keys
}

function importKey(alg: string, material: ImportableKey): Promise<KeyRef> {
  return new LocalKeyProvider().importKey({ alg }, material)
}

async function contentsOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`the key cannot be read: ${String((Object(error) as { code?: unknown }).code)}: ${path}`)
  }
}

/** The parser's message is dropped, because it quotes the key. */
function jwkIn(text: string): Jwk {
  try {
    return JSON.parse(text) as Jwk
  } catch {
    throw new UsageError('the key begins like a JWK, but is not JSON')
  }
}

function textIn(jwk: Jwk | undefined, member: string): string | undefined {
  const value = jwk?.[member]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The usual algorithm for each kind of key, and for each curve of the kind `ec`. */
const usualAlgorithms: Readonly<Record<string, string>> = {
  rsa: 'RS256',
  ed25519: 'EdDSA',
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

function algorithmFor(material: ImportableKey): string {
  const { asymmetricKeyType = '', asymmetricKeyDetails } = privateKeyIn(material)
  const alg = usualAlgorithms[asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType]
  if (alg === undefined) throw new UsageError('the key does not say its algorithm: use --alg')
  return alg
}

function privateKeyIn(material: ImportableKey): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(typeof material === 'string' ? material : { key: material as Jwk, format: 'jwk' })
  } catch {
    throw new UsageError('the key is not a private key as JWK or PEM, or it does not say its algorithm: use --alg')
  }
}
