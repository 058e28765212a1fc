import type { JWK } from 'jose'
import { LRUCache } from 'lru-cache'
import { algorithmsFor } from '../../algorithms.ts'
import { PublicKey } from '../../keys/remote/sets/public-key.ts'
import { materialMembers, privateMembers } from '../../keys/remote/sets/published-jwk.ts'
import { hash } from '../../platform.ts'

/** The public key in the header of a proof: RFC 9449 §4.2. Its numbers are not checked yet. */
export interface ProofJwk {
  /** Only the members that define the key. */
  readonly material: Readonly<Record<string, string>>
  /** RFC 7638 with SHA-256. */
  readonly thumbprint: string
}

/** Returns undefined if the JWK is not a public key for signatures with this algorithm. */
export function readProofJwk(jwk: unknown, alg: string): ProofJwk | undefined {
  if (typeof jwk !== 'object' || jwk === null || !isPublicKeyFor(jwk, alg)) return undefined
  const given = jwk as Readonly<Record<string, unknown>>
  const members = materialMembers(given['kty'])?.map((name) => [name, given[name]] as const)
  if (members === undefined || !members.every(isBounded)) return undefined
  const material = Object.fromEntries(members) as Record<string, string>
  // RFC 7638 §3: the members in lexicographic order, without white space.
  const canonical = JSON.stringify(material, Object.keys(material).toSorted())
  return { material, thumbprint: hash('sha256', canonical, 'base64url') }
}

function isPublicKeyFor({ kty, crv, alg, use, key_ops: operations, ...others }: JWK, wanted: string): boolean {
  if (!algorithmsFor(kty, crv).some((row) => row.alg === wanted)) return false
  if (privateMembers.some((member) => Object.hasOwn(others, member))) return false
  // RFC 7517 §4.2, §4.3, §4.4: a key says itself what it is for.
  const isForVerifying = operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
  return (alg === undefined || alg === wanted) && (use === undefined || use === 'sig') && isForVerifying
}

/** In characters: the public key of ML-DSA-87 has 3,456, an RSA modulus of 16,384 bits 2,731. */
const longestMember = 4096

function isBounded([, value]: readonly [string, unknown]): boolean {
  return typeof value === 'string' && value.length <= longestMember && /^[\w-]+$/.test(value)
}

/** Keys of proofs, imported once. Only a key that a token is bound to is imported, so junk cannot push good ones out. */
export class ProofKeys {
  readonly #imported = new LRUCache<string, PublicKey>({ max: 10_000 })

  /** Returns undefined if the platform refuses the key, or if it is too weak. */
  keyOf({ material, thumbprint }: ProofJwk): PublicKey | Promise<PublicKey | undefined> {
    return this.#imported.get(thumbprint) ?? this.#import(material, thumbprint)
  }

  async #import(material: ProofJwk['material'], thumbprint: string): Promise<PublicKey | undefined> {
    const key = await PublicKey.admit(material).catch(() => undefined)
    if (key !== undefined) this.#imported.set(thumbprint, key)
    return key
  }
}
