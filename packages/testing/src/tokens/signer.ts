import { constants, createHmac, createPrivateKey, KeyObject, sign, type SignKeyObjectInput } from 'node:crypto'
import type { LocalKeyProvider, SigningKey } from '@bearerkit/core'

/** Computes the JWS Signature over a JWS Signing Input: RFC 7515 §5.1. It ignores the `alg` of the header. */
export type Signer = (signingInput: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** A signer that returns no promise. */
export type SyncSigner = (signingInput: Uint8Array) => Uint8Array

interface SignParameters {
  /** Undefined if the algorithm has its own hash. */
  readonly digest?: string
  readonly options?: Omit<SignKeyObjectInput, 'key'>
}

const ecdsa = { dsaEncoding: 'ieee-p1363' } as const
/** RFC 7518 §3.5: the salt is as long as the hash. */
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }

/** The parameters of `node:crypto` for each `alg`. RFC 7518 §3.4, §3.3, §3.5; RFC 9864 §2.2, RFC 9964. */
const signParameters: Readonly<Record<string, SignParameters>> = {
  ES256: { digest: 'sha256', options: ecdsa },
  ES384: { digest: 'sha384', options: ecdsa },
  ES512: { digest: 'sha512', options: ecdsa },
  RS256: { digest: 'sha256' },
  RS384: { digest: 'sha384' },
  RS512: { digest: 'sha512' },
  PS256: { digest: 'sha256', options: pss },
  PS384: { digest: 'sha384', options: pss },
  PS512: { digest: 'sha512', options: pss },
  Ed25519: {},
  EdDSA: {},
  'ML-DSA-44': {},
  'ML-DSA-65': {},
  'ML-DSA-87': {},
}

/** Signs with the key's algorithm. Node 24 and later print a warning (DEP0204) if the key's CryptoKey is not extractable. */
export function keySigner({ alg, privateKey }: SigningKey): SyncSigner {
  return signerWith(alg, KeyObject.from(privateKey))
}

/** The export policy of the keys that this package creates. They are for tests, and {@link ownKeySigner} exports them. */
export const exportPolicy = 'secret-when-allowed'

export type OwnKeys = Pick<LocalKeyProvider, 'signingKey' | 'getKey'>

/** Signs without the warning of {@link keySigner} if the key's policy is {@link exportPolicy}. The application may add other keys. */
export async function ownKeySigner(keys: OwnKeys, kid: string): Promise<SyncSigner> {
  const key = await keys.signingKey(kid)
  if ((await keys.getKey(key.kid)).exportPolicy !== exportPolicy) return keySigner(key)
  const secret = (await keys.getKey(key.kid, undefined, { includeSecret: true })).material()
  return secret?.kind === 'private' ? signerWith(key.alg, createPrivateKey(secret.pkcs8)) : keySigner(key)
}

function signerWith(alg: string, key: KeyObject): SyncSigner {
  const parameters = signParameters[alg]
  if (parameters === undefined) throw new TypeError(`keySigner: \`${alg}\` is not an asymmetric signature algorithm`)
  const withOptions = { ...parameters.options, key }
  return (signingInput) => new Uint8Array(sign(parameters.digest, signingInput, withOptions))
}

/** Signs with HMAC SHA-256 and any bytes as the key: RFC 7518 §3.2. */
export function hmacSigner(secret: string | Uint8Array): SyncSigner {
  return (signingInput) => createHmac('sha256', secret).update(signingInput).digest()
}

/** Returns the empty signature of an unsecured JWS: RFC 7515 Appendix A.5. */
export const noSignature: SyncSigner = () => new Uint8Array()
