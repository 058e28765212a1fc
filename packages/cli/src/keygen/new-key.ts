import { createPublicKey, type JsonWebKey, randomUUID } from 'node:crypto'
import { type KeyRef, LocalKeyProvider, type SecretMaterial } from '@bearerkit/core'
import { UsageError } from '../frame/failure.ts'

export interface KeyRequest {
  readonly alg: string
  readonly kid?: string | undefined
  readonly sizeBits?: number | undefined
  readonly curve?: string | undefined
}

/** A key that was made here. */
export interface NewKey {
  readonly kid: string
  readonly alg: string
  /** As JWK, with its secret. */
  readonly secretJwk: JsonWebKey
  /** As PKCS#8 in PEM. Undefined for a symmetric key. */
  readonly secretPem: string | undefined
  /** Undefined for a symmetric key. */
  readonly publicJwk: JsonWebKey | undefined
  /** As SPKI in PEM. */
  readonly publicPem: string | undefined
}

/**
 * Makes a key outside of a store. Its kid is the RFC 7638 thumbprint, unless it was given; that of a symmetric key is random,
 * because a thumbprint would help to guess the secret (RFC 7638 §7).
 *
 * @throws UnsupportedAlgorithmError
 * @throws InvalidKeyError
 */
export async function newKey({ kid, ...spec }: KeyRequest): Promise<NewKey> {
  const keys = new LocalKeyProvider()
  const { kid: made } = await keys.createKey({ ...spec, exportPolicy: 'secret-when-allowed' })
  const key = await keys.getKey(made, undefined, { includeSecret: true })
  const material = key.material()
  if (material === undefined) throw new Error('the key cannot be exported')
  return material.kind === 'private' ? pair(key, kid, material) : symmetric(key, kid, material)
}

function pair(
  key: KeyRef,
  kid: string = key.fingerprint,
  { jwk, pkcs8 }: Extract<SecretMaterial, { kind: 'private' }>,
): NewKey {
  const common = { kid, alg: key.alg, use: key.uses.includes('sign') ? 'sig' : 'enc' }
  const { kid: _kid, use: _use, alg: _alg, ...members } = key.publicJwk ?? {}
  const publicPem = createPublicKey(pkcs8).export({ type: 'spki', format: 'pem' }).toString()
  return {
    kid,
    alg: key.alg,
    secretJwk: { ...(jwk as JsonWebKey), ...common },
    secretPem: pkcs8,
    publicJwk: { ...(members as JsonWebKey), ...common },
    publicPem,
  }
}

function symmetric(
  { alg, uses }: KeyRef,
  kid: string = randomUUID(),
  { raw }: Extract<SecretMaterial, { kind: 'symmetric' }>,
): NewKey {
  const k = Buffer.from(raw).toString('base64url')
  const secretJwk = { kty: 'oct', k, kid, alg, use: uses.includes('sign') ? 'sig' : 'enc' }
  return { kid, alg, secretJwk, secretPem: undefined, publicJwk: undefined, publicPem: undefined }
}

/** @throws UsageError for a symmetric key, which PEM cannot hold */
export function asText({ secretJwk, secretPem }: NewKey, format: 'jwk' | 'pem'): string {
  if (format === 'jwk') return JSON.stringify(secretJwk, undefined, 2)
  if (secretPem === undefined) throw new UsageError('a symmetric key has no PEM: use --format jwk')
  return secretPem.trimEnd()
}
