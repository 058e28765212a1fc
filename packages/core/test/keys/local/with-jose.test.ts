import {
  CompactEncrypt,
  CompactSign,
  compactDecrypt,
  compactVerify,
  type CompactJWEHeaderParameters,
  type CryptoKey,
  importJWK,
  importPKCS8,
  type JWK,
} from 'jose'
import type { KeyUse } from '../../../src/algorithms.ts'
import { KeyUseError } from '../../../src/errors.ts'
import type { KeyRef, KeyState } from '../../../src/keys/key-ref.ts'
import { ManualClock } from '../../support/clock.ts'
import { allUses } from './material/materials.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { addKey, closeProviders, localAndStored } from './each-provider.ts'

afterAll(closeProviders)

describe.each(localAndStored)('$name:', ({ open }) => {
  type JoseKey = CryptoKey | Uint8Array

  const message = 'it was the best of times'
  const exportPolicy = 'secret-when-allowed'
  const supported = new LocalKeyProvider().supports().algorithms

  async function sign(alg: string, key: JoseKey): Promise<string> {
    return new CompactSign(Buffer.from(message)).setProtectedHeader({ alg }).sign(key)
  }

  async function verified(jws: string, key: JoseKey): Promise<string> {
    return Buffer.from((await compactVerify(jws, key)).payload).toString()
  }

  async function encrypt(header: CompactJWEHeaderParameters, key: JoseKey): Promise<string> {
    return new CompactEncrypt(Buffer.from(message)).setProtectedHeader(header).encrypt(key)
  }

  async function decrypted(jwe: string, key: JoseKey): Promise<string> {
    return Buffer.from((await compactDecrypt(jwe, key)).plaintext).toString()
  }

  /** The same key in the form that jose uses. */
  async function halvesInJose(ref: KeyRef, alg: string): Promise<{ secret: JoseKey; published: JoseKey }> {
    const material = ref.material()
    if (material === undefined) throw new Error('the test asks for the secret')
    if (material.kind === 'symmetric') return { secret: material.raw, published: material.raw }
    return {
      secret: await importPKCS8(material.pkcs8, alg),
      published: await importJWK(ref.publicJwk as JWK, alg),
    }
  }

  interface Scheme {
    readonly alg: string
    readonly curve?: string
    readonly header: CompactJWEHeaderParameters
    readonly seal: KeyUse | 'publicKey'
    readonly open: KeyUse
  }

  const contentEncryptions = ['A128GCM', 'A192GCM', 'A256GCM']

  const schemes: readonly Scheme[] = [
    ...contentEncryptions.map((enc): Scheme => {
      return { alg: enc, header: { alg: 'dir', enc }, seal: 'encrypt', open: 'decrypt' }
    }),
    ...['A128KW', 'A256KW'].map((alg): Scheme => {
      return { alg, header: { alg, enc: 'A256GCM' }, seal: 'wrapKey', open: 'unwrapKey' }
    }),
    ...['RSA-OAEP', 'RSA-OAEP-256'].map((alg): Scheme => {
      return { alg, header: { alg, enc: 'A256GCM' }, seal: 'encrypt', open: 'decrypt' }
    }),
    ...['P-256', 'P-384', 'X25519'].map((curve): Scheme => {
      return {
        alg: 'ECDH-ES',
        curve,
        header: { alg: 'ECDH-ES', enc: 'A256GCM' },
        seal: 'publicKey',
        open: 'deriveBits',
      }
    }),
  ]

  const encryptionAlgorithms = new Set(schemes.map(({ alg }) => alg))
  const signatureAlgorithms = supported.filter((alg) => !encryptionAlgorithms.has(alg))

  it('tests every supported algorithm with jose', () => {
    const tested = [...encryptionAlgorithms, ...signatureAlgorithms]
    expect(tested.toSorted()).toEqual([...supported].toSorted())
    expect(signatureAlgorithms).toEqual(
      expect.arrayContaining(['HS256', 'RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA']),
    )
  })

  describe.each(signatureAlgorithms)('%s with jose', (alg) => {
    let ref: KeyRef
    let inJose: { secret: JoseKey; published: JoseKey }

    beforeAll(async () => {
      const keys = await open()
      await addKey(keys, { alg, kid: 'k', exportPolicy })
      ref = await keys.getKey('k', 1, { includeSecret: true })
      inJose = await halvesInJose(ref, alg)
    })

    it('signs what jose verifies with the published key', async () => {
      expect(await verified(await sign(alg, ref.keyFor('sign')), inJose.published)).toBe(message)
    })

    it('verifies what jose signs with the exported key', async () => {
      expect(await verified(await sign(alg, inJose.secret), ref.keyFor('verify'))).toBe(message)
    })

    it('signs and verifies with its own halves', async () => {
      expect(await verified(await sign(alg, ref.keyFor('sign')), ref.keyFor('verify'))).toBe(message)
    })

    it('does not verify altered input', async () => {
      const [header, , signature] = (await sign(alg, ref.keyFor('sign'))).split('.')
      const altered = [header, Buffer.from('the worst of times').toString('base64url'), signature].join('.')
      await expect(compactVerify(altered, ref.keyFor('verify'))).rejects.toThrow(/verification failed/)
    })
  })

  describe.each(schemes)('$alg $curve with jose', ({ alg, curve, header, seal, open: unseal }) => {
    let ref: KeyRef
    let inJose: { secret: JoseKey; published: JoseKey }

    const sealing = (): CryptoKey => (seal === 'publicKey' ? (ref.publicKey as CryptoKey) : ref.keyFor(seal))

    beforeAll(async () => {
      const keys = await open()
      await addKey(keys, { alg, curve, kid: 'k', exportPolicy })
      ref = await keys.getKey('k', 1, { includeSecret: true })
      inJose = await halvesInJose(ref, alg)
    })

    it('encrypts what jose decrypts with the exported key', async () => {
      expect(await decrypted(await encrypt(header, sealing()), inJose.secret)).toBe(message)
    })

    it('decrypts what jose encrypts with the published key', async () => {
      expect(await decrypted(await encrypt(header, inJose.published), ref.keyFor(unseal))).toBe(message)
    })

    it('encrypts and decrypts with its own halves', async () => {
      expect(await decrypted(await encrypt(header, sealing()), ref.keyFor(unseal))).toBe(message)
    })

    it('does not decrypt altered input', async () => {
      const parts = (await encrypt(header, sealing())).split('.')
      parts[4] = Buffer.alloc(16).toString('base64url')
      await expect(compactDecrypt(parts.join('.'), ref.keyFor(unseal))).rejects.toThrow()
    })
  })

  describe('a use that the key does not have', () => {
    const usesOf: Readonly<Record<string, readonly KeyUse[]>> = {
      HS256: ['sign', 'verify'],
      PS256: ['sign', 'verify'],
      ES256: ['sign', 'verify'],
      Ed25519: ['sign', 'verify'],
      A256GCM: ['encrypt', 'decrypt'],
      A256KW: ['wrapKey', 'unwrapKey'],
      'RSA-OAEP-256': ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'],
      'ECDH-ES': ['deriveKey', 'deriveBits'],
    }

    it.each(Object.entries(usesOf))('is refused immediately: %s', async (alg, own) => {
      const ref = await addKey(await open(), { alg })
      expect([...ref.uses].toSorted()).toEqual([...own].toSorted())
      for (const use of allUses) {
        if (own.includes(use)) expect(ref.keyFor(use)).toHaveProperty('usages', expect.anything())
        else expect(() => ref.keyFor(use)).toThrow(KeyUseError)
      }
    })

    it.each<[string, KeyUse, KeyUse]>([
      ['HS256', 'sign', 'verify'],
      ['HS256', 'verify', 'sign'],
      ['ES256', 'sign', 'verify'],
      ['ES256', 'verify', 'sign'],
      ['A256GCM', 'encrypt', 'decrypt'],
      ['A256GCM', 'decrypt', 'encrypt'],
      ['A256KW', 'wrapKey', 'unwrapKey'],
      ['A256KW', 'unwrapKey', 'wrapKey'],
      ['ECDH-ES', 'deriveBits', 'deriveKey'],
    ])('is refused if the specification omits it: %s only to %s does not %s', async (alg, only, other) => {
      const ref = await (await open()).createKey({ alg, uses: [only] })
      expect(() => ref.keyFor(other)).toThrow(KeyUseError)
      const key = ref.keyFor(only)
      expect(key.usages).toEqual([only])
    })

    it.each([undefined, null, '', 'sing', 'constructor', 5])('is refused if it is unknown: %p', async (use) => {
      const ref = await (await open()).createKey({ alg: 'ES256' })
      expect(() => ref.keyFor(use as never)).toThrow(KeyUseError)
    })

    it('is also refused by the CryptoKey, if it is passed to jose', async () => {
      const ref = await (await open()).createKey({ alg: 'ES256' })
      await expect(sign('ES256', ref.keyFor('verify'))).rejects.toThrow()
      await expect(compactVerify(await sign('ES256', ref.keyFor('sign')), ref.keyFor('sign'))).rejects.toThrow()
      await expect(sign('ES384', ref.keyFor('sign'))).rejects.toThrow()
    })
  })

  describe.each<[string, readonly KeyUse[], readonly KeyUse[]]>([
    ['HS256', ['sign'], ['verify']],
    ['ES256', ['sign'], ['verify']],
    ['Ed25519', ['sign'], ['verify']],
    ['A256GCM', ['encrypt'], ['decrypt']],
    ['A256KW', ['wrapKey'], ['unwrapKey']],
    ['RSA-OAEP-256', ['encrypt', 'wrapKey'], ['decrypt', 'unwrapKey']],
    ['ECDH-ES', [], ['deriveKey', 'deriveBits']],
  ])('the state of a key for %s', (alg, making, reading) => {
    const inState = {} as Record<KeyState, KeyRef>

    beforeAll(async () => {
      const keys = await open(new ManualClock())
      await addKey(keys, { alg, kid: 'k' })
      await keys.rotateKey('k')
      await keys.rotateKey('k', { activateAfter: '1h' })
      inState.retired = await keys.getKey('k', 1)
      inState.active = await keys.getKey('k', 2)
      inState.pending = await keys.getKey('k', 3)
    })

    it('is the state of its versions', () => {
      for (const [state, ref] of Object.entries(inState)) expect(ref.state).toBe(state)
    })

    it.each(['pending', 'retired'] as const)('allows no signing or encrypting while %s', (state) => {
      for (const use of making) {
        expect(() => inState[state].keyFor(use)).toThrow(KeyUseError)
        expect(() => inState[state].keyFor(use)).toThrow(state)
      }
    })

    it.each(['pending', 'active', 'retired'] as const)('allows verifying and decrypting while %s', (state) => {
      for (const use of reading) expect(inState[state].keyFor(use).usages).toContain(use)
    })

    it('allows every use while active', () => {
      for (const use of [...making, ...reading]) expect(inState.active.keyFor(use).usages).toContain(use)
    })
  })

  it('allows a retired key to verify and decrypt what it signed and encrypted while active', async () => {
    const keys = await open()
    const signer = await keys.createKey({ alg: 'ES256', kid: 'signer' })
    const sealer = await keys.createKey({ alg: 'A256GCM', kid: 'sealer' })
    const header = { alg: 'dir', enc: 'A256GCM' }
    const jws = await sign('ES256', signer.keyFor('sign'))
    const jwe = await encrypt(header, sealer.keyFor('encrypt'))
    await keys.rotateKey('signer')
    await keys.rotateKey('sealer')
    expect(await verified(jws, (await keys.getKey('signer', 1)).keyFor('verify'))).toBe(message)
    expect(await decrypted(jwe, (await keys.getKey('sealer', 1)).keyFor('decrypt'))).toBe(message)
    await expect(compactVerify(jws, (await keys.getKey('signer', 2)).keyFor('verify'))).rejects.toThrow()
  })
})
