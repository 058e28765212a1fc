import { createHmac, createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import type { Algorithm, KeyUse } from '../../../algorithms.ts'
import { ExportForbiddenError, InvalidKeyError, KeyUseError } from '../../../errors.ts'
import type { ExportPolicy } from '../../key-specification.ts'

/** The secret part of a key, where the export policy lets it out. */
export type SecretMaterial =
  /** A symmetric key. */
  | { readonly kind: 'symmetric'; readonly raw: Uint8Array }
  /** A key pair: PKCS#8 in PEM, and the same as a private JWK. */
  | { readonly kind: 'private'; readonly pkcs8: string; readonly jwk: JWK }

/** A key before it has a name: the bytes of a secret, or a key pair in DER. */
export type RawKey = { readonly secret: Uint8Array } | RawKeyPair

export interface RawKeyPair {
  /** RFC 5280 §4.1: SubjectPublicKeyInfo. */
  readonly spki: Buffer
  /** RFC 5958. Absent where only the public key is at hand. */
  readonly pkcs8: Buffer | undefined
  /** The JOSE name, where the key is on one. */
  readonly curve: string | undefined
}

/** The uses that take the public half. ECDH public keys have no use of their own: the private half does all. */
export const publicUses: ReadonlySet<KeyUse> = new Set<KeyUse>(['verify', 'encrypt', 'wrapKey'])

interface MaterialParts {
  readonly uses: readonly KeyUse[]
  readonly thumbprint: string
  readonly publicJwk: JWK | undefined
  readonly publicKey: CryptoKey | undefined
  readonly secretKey: CryptoKey | undefined
  readonly exportSecret: (() => SecretMaterial) | undefined
}

/**
 * A key as the runtime holds it. The secret half is a CryptoKey that does not export; only under
 * `secret-when-allowed` is the material itself kept.
 */
export class KeyMaterial {
  /** RFC 7638; of a symmetric key see {@link fingerprintOf}. */
  readonly thumbprint: string
  /** Absent for symmetric keys. */
  readonly publicJwk: JWK | undefined
  /** Absent for symmetric keys. */
  readonly publicKey: CryptoKey | undefined
  readonly #uses: readonly KeyUse[]
  readonly #secretKey: CryptoKey | undefined
  readonly #exportSecret: (() => SecretMaterial) | undefined

  private constructor(parts: MaterialParts) {
    this.thumbprint = parts.thumbprint
    this.publicJwk = parts.publicJwk
    this.publicKey = parts.publicKey
    this.#uses = parts.uses
    this.#secretKey = parts.secretKey
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
   * The half of the key that the use takes.
   *
   * @throws KeyUseError if it is none of the key's uses
   */
  keyFor(use: KeyUse): CryptoKey {
    const key = this.publicKey !== undefined && publicUses.has(use) ? this.publicKey : this.#secretKey
    if (!this.#uses.includes(use) || key === undefined) throw new KeyUseError(`the key is not for \`${use}\``)
    return key
  }

  /** @throws ExportForbiddenError unless the policy is `secret-when-allowed` and there is a secret */
  exportSecret(): SecretMaterial {
    if (this.#exportSecret === undefined)
      throw new ExportForbiddenError('the export policy of the key keeps its secret in')
    return this.#exportSecret()
  }
}

const fingerprintKey = randomBytes(32)

/**
 * RFC 7638 §7: from the thumbprint of a secret, others could find a weak secret by trying. So it is keyed: it tells
 * secrets apart within this process, and says nothing outside of it.
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
    exportSecret: () => ({ kind: 'symmetric', raw: Uint8Array.from(raw) }),
  }
}

async function pairParts(
  row: Algorithm,
  { spki, pkcs8, curve }: RawKeyPair,
  uses: readonly KeyUse[],
): Promise<MaterialParts> {
  const parameters = { ...row.webCrypto, ...(row.kty === 'EC' && { namedCurve: curve }) }
  const forPublic = uses.filter((use) => publicUses.has(use))
  const forPrivate = uses.filter((use) => !publicUses.has(use))
  const publicKey = await importHalf('spki', spki, parameters, true, forPublic)
  const publicJwk = publicMembersOf(await webcrypto.subtle.exportKey('jwk', publicKey))
  // Web Cryptography refuses a private key that is for nothing.
  const hasSecret = pkcs8 !== undefined && forPrivate.length > 0
  return {
    uses,
    thumbprint: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    publicKey,
    secretKey: hasSecret ? await importHalf('pkcs8', pkcs8, parameters, false, forPrivate) : undefined,
    exportSecret: pkcs8 && (() => secretOf(pkcs8)),
  }
}

async function importHalf(
  format: 'spki' | 'pkcs8',
  der: Buffer,
  parameters: object,
  extractable: boolean,
  uses: readonly KeyUse[],
): Promise<CryptoKey> {
  try {
    return await webcrypto.subtle.importKey(format, der, parameters as webcrypto.Algorithm, extractable, [...uses])
  } catch {
    // What the runtime says of it may quote it.
    throw new InvalidKeyError('material: the runtime refuses it: its parts do not belong together')
  }
}

/** Without what Web Cryptography adds: RFC 7517 §4.3 and `ext`. */
function publicMembersOf({ key_ops: _operations, ext: _extractable, alg, ...members }: webcrypto.JsonWebKey): JWK {
  // RFC 9964: of an AKP key, `alg` is a part of the key.
  return { ...members, ...(members.kty === 'AKP' && { alg }) }
}

function secretOf(pkcs8: Buffer): SecretMaterial {
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  return {
    kind: 'private',
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    jwk: privateKey.export({ format: 'jwk' }),
  }
}
