import { createHmac, webcrypto } from 'node:crypto'
import type { SigningKey } from '@bearerkit/core'

/** Computes the JWS Signature over a JWS Signing Input: RFC 7515 §5.1. It ignores the `alg` of the header. */
export type Signer = (signingInput: Uint8Array) => Uint8Array | Promise<Uint8Array>

type SignParameters = webcrypto.AlgorithmIdentifier | webcrypto.EcdsaParams | webcrypto.RsaPssParams

/** The Web Crypto parameters for each `alg`. RFC 7518 §3.4, §3.3, §3.5 (the salt is as long as the hash); RFC 9864 §2.2, RFC 9964. */
const signParameters: Readonly<Record<string, SignParameters>> = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
  ES512: { name: 'ECDSA', hash: 'SHA-512' },
  RS256: 'RSASSA-PKCS1-v1_5',
  RS384: 'RSASSA-PKCS1-v1_5',
  RS512: 'RSASSA-PKCS1-v1_5',
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  PS384: { name: 'RSA-PSS', saltLength: 48 },
  PS512: { name: 'RSA-PSS', saltLength: 64 },
  Ed25519: 'Ed25519',
  EdDSA: 'Ed25519',
  'ML-DSA-44': 'ML-DSA-44',
  'ML-DSA-65': 'ML-DSA-65',
  'ML-DSA-87': 'ML-DSA-87',
}

/** Signs with the key's algorithm. */
export function keySigner({ alg, privateKey }: SigningKey): Signer {
  const parameters = signParameters[alg]
  if (parameters === undefined) throw new TypeError(`keySigner: \`${alg}\` is not an asymmetric signature algorithm`)
  return async (signingInput) => new Uint8Array(await webcrypto.subtle.sign(parameters, privateKey, signingInput))
}

/** Signs with HMAC SHA-256 and any bytes as the key: RFC 7518 §3.2. */
export function hmacSigner(secret: string | Uint8Array): Signer {
  return (signingInput) => createHmac('sha256', secret).update(signingInput).digest()
}

/** Returns the empty signature of an unsecured JWS: RFC 7515 Appendix A.5. */
export const noSignature: Signer = () => new Uint8Array()
