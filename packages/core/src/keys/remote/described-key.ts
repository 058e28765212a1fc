import { KeyUseError } from '../../errors.ts'
import { KeyRef } from '../key-ref.ts'
import { parsePublishedKid } from '../versioned-kids.ts'
import type { PublicKey } from './sets/public-key.ts'

/** Describes a fetched key for applications. Its creation time is unknown, so the current time is used. */
export async function describedKey(key: PublicKey): Promise<KeyRef> {
  const { thumbprint, jwk, kid = thumbprint } = key
  const [alg = ''] = key.algorithms
  const named = parsePublishedKid(kid) ?? { kid, version: 1 }
  const publicKey = key.keyObject(alg) === undefined ? await key.cryptoKey(alg) : undefined
  return new KeyRef({
    ...named,
    publishedKid: kid,
    alg,
    curve: jwk.crv,
    uses: ['verify'],
    exportPolicy: 'public-only',
    state: 'active',
    createdAt: Date.now(),
    activatesAt: -Infinity,
    retiresAt: Infinity,
    label: undefined,
    tags: {},
    fingerprint: thumbprint,
    publicJwk: jwk,
    publicKey,
    keyFor(use) {
      if (use !== 'verify') throw new KeyUseError(`a remote key is not for \`${use}\``)
      if (publicKey === undefined) throw new KeyUseError(`Web Cryptography has no keys for ${alg}`)
      return publicKey
    },
    material: () => undefined,
  })
}
