import type { KeyObject } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { type Algorithm, keyParameters, type KeyUse } from '../../../algorithms.ts'
import { ExportForbiddenError, KeyUseError } from '../../../errors.ts'
import { createHmac, randomBytes, webcrypto } from '../../../platform.ts'
import type { ExportPolicy } from '../../key-specification.ts'
import { cryptoKeyOf } from './crypto-key.ts'
import { type Signature, signatureInPool, signatureWith } from './key-signature.ts'

/** The secret part of a key. Returned only if the export policy allows it. */
export type SecretMaterial =
  /** A symmetric key. */
  | { readonly kind: 'symmetric'; readonly raw: Uint8Array }
  /** A key pair: the private key as PKCS#8 in PEM and as a JWK. */
  | { readonly kind: 'private'; readonly pkcs8: string; readonly jwk: JWK }

/** A key before it has a name: the bytes of a secret, or a key pair. */
export type RawKey = { readonly secret: Uint8Array } | RawKeyPair

export interface RawKeyPair {
  readonly publicKey: KeyObject
  /** Undefined if there is only a public key. */
  readonly privateKey: KeyObject | undefined
  /** The JOSE name of the curve, if the key has one. */
  readonly curve: string | undefined
}

/** The uses that need the public half. ECDH public keys have no uses: key agreement is a use of the private half. */
export const publicUses: ReadonlySet<KeyUse> = new Set<KeyUse>(['verify', 'encrypt', 'wrapKey'])

interface MaterialParts {
  readonly uses: readonly KeyUse[]
  readonly thumbprint: string
  readonly publicJwk: JWK | undefined
  readonly publicKey: CryptoKey | undefined
  readonly secretKey: CryptoKey | undefined
  readonly sign: Signature | undefined
  readonly exportSecret: (() => SecretMaterial) | undefined
}

/**
 * A key as the runtime holds it. The secret half is a CryptoKey that is not extractable. The material itself is kept
 * only under `secret-when-allowed`.
 */
export class KeyMaterial {
  /** The RFC 7638 thumbprint. For a symmetric key, see {@link fingerprintOf}. */
  readonly thumbprint: string
  /** Undefined for symmetric keys. */
  readonly publicJwk: JWK | undefined
  /** Undefined for symmetric keys. */
  readonly publicKey: CryptoKey | undefined
  readonly #uses: readonly KeyUse[]
  readonly #secretKey: CryptoKey | undefined
  readonly #sign: Signature | undefined
  readonly #exportSecret: (() => SecretMaterial) | undefined

  private constructor(parts: MaterialParts) {
    this.thumbprint = parts.thumbprint
    this.publicJwk = parts.publicJwk
    this.publicKey = parts.publicKey
    this.#uses = parts.uses
    this.#secretKey = parts.secretKey
    this.#sign = parts.sign
    this.#exportSecret = parts.exportSecret
  }

  static async from(row: Algorithm, raw: RawKey, uses: readonly KeyUse[], policy: ExportPolicy): Promise<KeyMaterial> {
    const parts = 'secret' in raw ? await symmetricParts(row, raw.secret, uses) : await pairParts(row, raw, uses)
    return new KeyMaterial({
      ...parts,
      exportSecret: policy === 'secret-when-allowed' ? parts.exportSecret : undefined,
    })
  }

  /**
   * Returns the half of the key that the use needs.
   *
   * @throws KeyUseError if the key does not have this use
   */
  keyFor(use: KeyUse): CryptoKey {
    const key = this.publicKey !== undefined && publicUses.has(use) ? this.publicKey : this.#secretKey
    if (!this.#uses.includes(use) || key === undefined) throw new KeyUseError(`the key is not for \`${use}\``)
    return key
  }

  /**
   * Signs, without checking the state of the key.
   *
   * @throws KeyUseError if the key does not have this use
   */
  sign(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (this.#sign === undefined) throw new KeyUseError('the key is not for `sign`')
    return this.#sign(input)
  }

  /** @throws ExportForbiddenError unless the policy is `secret-when-allowed` and there is a secret */
  exportSecret(): SecretMaterial {
    if (this.#exportSecret === undefined)
      throw new ExportForbiddenError('the export policy of the key forbids exporting its secret')
    return this.#exportSecret()
  }
}

const fingerprintKey = randomBytes(32)

/**
 * RFC 7638 §7: the thumbprint of a weak secret would allow guessing it by brute force. This digest is keyed: it
 * distinguishes secrets within this process and reveals nothing outside it.
 */
function fingerprintOf(secret: Uint8Array): string {
  return createHmac('sha256', fingerprintKey).update(secret).digest('base64url')
}

async function symmetricParts(row: Algorithm, secret: Uint8Array, uses: readonly KeyUse[]): Promise<MaterialParts> {
  const raw = Uint8Array.from(secret)
  const secretKey = await webcrypto.subtle.importKey('raw', raw, row.webCrypto, false, [...uses])
  return {
    uses,
    thumbprint: fingerprintOf(raw),
    publicJwk: undefined,
    publicKey: undefined,
    secretKey,
    sign: uses.includes('sign') ? signatureInPool(row, secretKey) : undefined,
    exportSecret: () => ({ kind: 'symmetric', raw: Uint8Array.from(raw) }),
  }
}

async function pairParts(
  row: Algorithm,
  { publicKey, privateKey, curve }: RawKeyPair,
  uses: readonly KeyUse[],
): Promise<MaterialParts> {
  const parameters = keyParameters(row, curve)
  const forPublic = uses.filter((use) => publicUses.has(use))
  const forPrivate = uses.filter((use) => !publicUses.has(use))
  const publicJwk = publicKey.export({ format: 'jwk' }) as JWK
  // Web Cryptography refuses a private key without uses.
  const hasSecret = privateKey !== undefined && forPrivate.length > 0
  const secretKey = hasSecret ? await cryptoKeyOf(privateKey, parameters, false, forPrivate) : undefined
  return {
    uses,
    thumbprint: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    publicKey: await cryptoKeyOf(publicKey, parameters, true, forPublic),
    secretKey,
    sign: secretKey && privateKey && uses.includes('sign') ? signatureWith(row, secretKey, privateKey) : undefined,
    exportSecret: privateKey && (() => secretOf(privateKey)),
  }
}

function secretOf(privateKey: KeyObject): SecretMaterial {
  return {
    kind: 'private',
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    jwk: privateKey.export({ format: 'jwk' }),
  }
}
