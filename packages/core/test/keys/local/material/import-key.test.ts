import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  randomBytes,
  webcrypto,
} from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, compactVerify, type JWK } from 'jose'
import type { KeyUse } from '../../../../src/algorithms.ts'
import { InvalidKeyError, UnsupportedAlgorithmError } from '../../../../src/errors.ts'
import type { KeySpec } from '../../../../src/keys/key-specification.ts'
import type { ImportableKey } from '../../../../src/keys/local/material/read-key.ts'
import { failureOf, leaksIn, shownInEveryWay, shownOfError, spellingsOf } from '../leaks.ts'
import {
  certificatePem,
  contract,
  type ContractRow,
  makePair,
  octJwk,
  type Pair,
  pairOf,
  rsaPair,
} from './materials.ts'
import { closeProviders, localAndStored } from '../each-provider.ts'

afterAll(closeProviders)

describe.each(localAndStored)('$name:', ({ open }) => {
  const { subtle } = webcrypto

  const weakRsa = rsaPair(1024)
  const otherRsa = rsaPair()
  const tooLarge = { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(2050, 0xff).toString('base64url') }
  const tooLargeKey = createPublicKey({ key: tooLarge, format: 'jwk' })
  /** Flips one bit. */
  const slightlyTooLarge = { ...tooLarge, n: Buffer.alloc(2049, 1).toString('base64url') }
  const otherEc = makePair('ec', { namedCurve: 'P-256' })
  const otherEd = makePair('ed25519')
  const [rsa, p256, p384, p521, ed25519, x25519] = [
    pairOf('RSA'),
    pairOf('P-256'),
    pairOf('P-384'),
    pairOf('P-521'),
    pairOf('Ed25519'),
    pairOf('X25519'),
  ]

  function pemOf(key: KeyObject, type: string, further: object = {}): string {
    return key.export({ type, format: 'pem', ...further } as never) as unknown as string
  }

  /** The Web Cryptography parameters of a row, written out so that the test does not read the table under test. */
  function parametersOf({ alg, key }: ContractRow): webcrypto.AlgorithmIdentifier {
    const hash = `SHA-${alg.slice(-3)}`
    if (alg.startsWith('HS')) return { name: 'HMAC', hash } as never
    if (alg.startsWith('RS') && key === 'RSA' && !alg.includes('OAEP'))
      return { name: 'RSASSA-PKCS1-v1_5', hash } as never
    if (alg.startsWith('PS')) return { name: 'RSA-PSS', hash } as never
    if (alg.startsWith('RSA-OAEP'))
      return { name: 'RSA-OAEP', hash: alg.endsWith('256') ? 'SHA-256' : 'SHA-1' } as never
    if (alg.startsWith('ES')) return { name: 'ECDSA', namedCurve: key } as never
    if (alg.endsWith('GCM')) return { name: 'AES-GCM' }
    if (alg.endsWith('KW')) return { name: 'AES-KW' }
    if (alg === 'ECDH-ES' && key !== 'X25519') return { name: 'ECDH', namedCurve: key } as never
    return { name: String(key) }
  }

  function sorted(uses: readonly KeyUse[]): KeyUse[] {
    return uses.toSorted()
  }

  const publicUses: readonly KeyUse[] = ['verify', 'encrypt', 'wrapKey']

  type Maker = () => ImportableKey | Promise<ImportableKey>

  function secretMaterials(row: ContractRow, bytes: Uint8Array): [string, Maker][] {
    const parameters = parametersOf(row)
    return [
      ['raw bytes', () => bytes],
      ['raw bytes in a Buffer', () => Buffer.from(bytes)],
      ['a subarray of raw bytes', () => new Uint8Array([1, 2, ...bytes, 3]).subarray(2, 2 + bytes.length)],
      ['an oct JWK', () => octJwk(bytes)],
      ['a KeyObject', () => createSecretKey(bytes)],
      ['an extractable CryptoKey', () => subtle.importKey('raw', bytes, parameters, true, [...row.uses])],
      ['a non-extractable CryptoKey', () => subtle.importKey('raw', bytes, parameters, false, [...row.uses])],
    ]
  }

  function privateMaterials(row: ContractRow, pair: Pair): [string, Maker][] {
    const parameters = parametersOf(row)
    const uses = row.uses.filter((use) => !publicUses.includes(use))
    const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' })
    const traditional: Readonly<Record<string, [string, Maker][]>> = {
      rsa: [['PKCS#1 PEM', () => pemOf(pair.privateKey, 'pkcs1')]],
      ec: [
        ['SEC1 PEM', () => pemOf(pair.privateKey, 'sec1')],
        ['SEC1 PEM in CRLF lines', () => pemOf(pair.privateKey, 'sec1').replaceAll('\n', '\r\n')],
      ],
    }
    return [
      ['a private JWK', () => pair.privateJwk],
      ['a private JWK with unknown members', () => ({ ...pair.privateJwk, kid: 'theirs', iat: 5, x5u: 'urn:x' })],
      ['PKCS#8 PEM', () => pair.privatePem],
      ['PKCS#8 PEM with white space around it', () => `\n\n${pair.privatePem}\n\n`],
      ['a private KeyObject', () => pair.privateKey],
      ['an extractable private CryptoKey', () => subtle.importKey('pkcs8', der, parameters, true, uses)],
      ['a non-extractable private CryptoKey', () => subtle.importKey('pkcs8', der, parameters, false, uses)],
      ...(traditional[pair.privateKey.asymmetricKeyType ?? ''] ?? []),
    ]
  }

  function publicMaterials(row: ContractRow, pair: Pair): [string, Maker][] {
    const parameters = parametersOf(row)
    const uses = row.uses.filter((use) => publicUses.includes(use))
    const der = pair.publicKey.export({ type: 'spki', format: 'der' })
    const traditional: [string, Maker][] = [['PKCS#1 PEM of a public key', () => pemOf(pair.publicKey, 'pkcs1')]]
    return [
      ['a public JWK', () => pair.publicJwk],
      ['SPKI PEM', () => pair.publicPem],
      ['a public KeyObject', () => pair.publicKey],
      ['a public CryptoKey', () => subtle.importKey('spki', der, parameters, true, uses)],
      ['a non-extractable public CryptoKey', () => subtle.importKey('spki', der, parameters, false, uses)],
      ...(pair.publicKey.asymmetricKeyType === 'rsa' ? traditional : []),
    ]
  }

  describe.each(contract.map((row) => [row.alg, String(row.key), row] as const))(
    'importing for %s (%s)',
    (alg, _, row) => {
      if (typeof row.key === 'number') {
        const bytes = new Uint8Array(randomBytes(row.key))

        it.each(secretMaterials(row, bytes))('accepts %s', async (__, make) => {
          const ref = await (await open()).importKey({ alg }, await make())
          expect(ref).toMatchObject({ alg, version: 1, state: 'active' })
          expect(sorted(ref.uses)).toEqual(sorted(row.uses))
          expect(ref.publicJwk).toBeUndefined()
          for (const use of row.uses) expect(ref.keyFor(use).extractable).toBe(false)
        })

        it('gives a secret a random kid, and shows no digest that others could compute', async () => {
          const [a, b] = [await open(), await open()]
          const refs = [await a.importKey({ alg }, bytes), await b.importKey({ alg }, octJwk(bytes))] as const
          const other = await a.importKey({ alg }, randomBytes(bytes.length))
          expect(refs[0].kid).not.toBe(refs[1].kid)
          expect(refs[0].fingerprint).toBe(refs[1].fingerprint)
          expect(other.fingerprint).not.toBe(refs[0].fingerprint)
          const thumbprint = await calculateJwkThumbprint(octJwk(bytes))
          const digests = (['base64url', 'hex'] as const).map((encoding) =>
            createHash('sha256').update(bytes).digest(encoding),
          )
          for (const shown of refs.map((ref) => shownInEveryWay(ref)))
            expect(leaksIn(shown, [thumbprint, ...digests])).toEqual([])
        })

        it('does not share memory with the given bytes', async () => {
          const given = Uint8Array.from(bytes)
          const keys = await open()
          await keys.importKey({ alg, kid: 'k', exportPolicy: 'secret-when-allowed' }, given)
          given.fill(0)
          const material = (await keys.getKey('k', 1, { includeSecret: true })).material()
          expect(material).toEqual({ kind: 'symmetric', raw: bytes })
        })
        return
      }

      const pair = pairOf(row.key)

      it.each(privateMaterials(row, pair))('accepts %s', async (__, make) => {
        const ref = await (await open()).importKey({ alg }, await make())
        const thumbprint = await calculateJwkThumbprint(pair.publicJwk)
        expect(ref).toMatchObject({ alg, kid: thumbprint, fingerprint: thumbprint, version: 1, state: 'active' })
        expect(sorted(ref.uses)).toEqual(sorted(row.uses))
        expect(ref.publicJwk).toEqual({ ...pair.publicJwk, kid: `${thumbprint}.1`, alg, use: ref.publicJwk?.use })
        for (const use of row.uses) {
          const key = ref.keyFor(use)
          expect(key.type).toBe(publicUses.includes(use) ? 'public' : 'private')
          if (key.type === 'private') expect(key.extractable).toBe(false)
        }
      })

      it.each(publicMaterials(row, pair))('accepts %s, which has only the public uses', async (__, make) => {
        const keys = await open()
        const ref = await keys.importKey({ alg }, await make())
        const thumbprint = await calculateJwkThumbprint(pair.publicJwk)
        expect(ref).toMatchObject({ kid: thumbprint, fingerprint: thumbprint })
        expect(await keys.getPublicJwk(ref.kid)).toMatchObject(pair.publicJwk)
        expect(sorted(ref.uses)).toEqual(sorted(row.uses.filter((use) => publicUses.includes(use))))
      })

      it('accepts a separate public half that belongs to the private one', async () => {
        for (const [, make] of publicMaterials(row, pair)) {
          const ref = await (await open()).importKey({ alg }, pair.privatePem, { publicKey: await make() })
          expect(ref.fingerprint).toBe(await calculateJwkThumbprint(pair.publicJwk))
        }
      })
    },
  )

  describe('an imported key', () => {
    it.each([
      ['ES256', p256],
      ['Ed25519', ed25519],
      ['PS256', rsa],
    ] as const)('signs what its owner verifies, and verifies what its owner signs: %s', async (alg, pair) => {
      const ref = await (await open()).importKey({ alg }, pair.privatePem)
      const signed = await new CompactSign(Buffer.from('x')).setProtectedHeader({ alg }).sign(ref.keyFor('sign'))
      await expect(compactVerify(signed, pair.publicKey)).resolves.toBeDefined()
      const theirs = await new CompactSign(Buffer.from('x')).setProtectedHeader({ alg }).sign(pair.privateKey)
      const verifier = await (await open()).importKey({ alg }, pair.publicPem)
      await expect(compactVerify(theirs, verifier.keyFor('verify'))).resolves.toBeDefined()
    })

    it('has the given kid, label and tags', async () => {
      const spec = { alg: 'ES256', kid: 'orders', label: 'Orders', tags: { team: 'a' } }
      expect(await (await open()).importKey(spec, p256.privatePem)).toMatchObject({ ...spec, version: 1 })
    })

    it('may be PEM after its EC parameters, as OpenSSL writes it', async () => {
      const pem = `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${pemOf(p256.privateKey, 'sec1')}`
      const ref = await (await open()).importKey({ alg: 'ES256' }, pem)
      expect(ref.fingerprint).toBe(await calculateJwkThumbprint(p256.publicJwk))
    })

    it('has the thumbprint of RFC 7638 §3.1 for the example key', async () => {
      const n =
        '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
      const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
      const ref = await (await open()).importKey({ alg: 'RS256' }, jwk)
      expect(ref.kid).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
    })

    it('is refused a second time under the same name', async () => {
      const keys = await open()
      await keys.importKey({ alg: 'ES256' }, p256.privatePem)
      await expect(keys.importKey({ alg: 'ES256' }, p256.privateJwk)).rejects.toThrow(InvalidKeyError)
      expect(await keys.importKey({ alg: 'ES256', kid: 'b' }, p256.privateJwk)).toMatchObject({ kid: 'b' })
    })

    it.each<[string, KeySpec, ImportableKey, readonly KeyUse[]]>([
      ['`key_ops` of its JWK', { alg: 'ES256' }, { ...p256.privateJwk, key_ops: ['sign'] }, ['sign']],
      ['`key_ops` of a secret', { alg: 'HS256' }, { ...octJwk(randomBytes(32)), key_ops: ['verify'] }, ['verify']],
      ['`uses` of its specification', { alg: 'ES256', uses: ['verify'] }, p256.privateJwk, ['verify']],
      [
        '`uses` within `key_ops`',
        { alg: 'RSA-OAEP', uses: ['decrypt'] },
        {
          ...rsa.privateJwk,
          key_ops: ['decrypt', 'unwrapKey'],
        },
        ['decrypt'],
      ],
      [
        '`use` and `key_ops` that agree',
        { alg: 'ES256' },
        {
          ...p256.privateJwk,
          use: 'sig',
          key_ops: ['sign', 'verify'],
          alg: 'ES256',
        },
        ['sign', 'verify'],
      ],
    ])('has the uses that the %s allow', async (_, spec, material, uses) => {
      expect((await (await open()).importKey(spec, material)).uses).toEqual(uses)
    })

    it.each([
      ['Ed25519', 'EdDSA'],
      ['EdDSA', 'Ed25519'],
    ])('for %s may have the alg %s: RFC 9864', async (alg, alias) => {
      expect(await (await open()).importKey({ alg }, { ...ed25519.privateJwk, alg: alias })).toMatchObject({
        alg,
      })
    })
  })

  type Refusal = [what: string, spec: KeySpec, material: unknown, options?: { publicKey?: unknown }]

  const short = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))
  const cut = (jwk: JWK, ...members: string[]): JWK =>
    Object.fromEntries(Object.entries(jwk).filter(([name]) => !members.includes(name)))

  /** Imports, and checks what the refusal must and must not contain. */
  async function expectRefusal([, spec, material, options]: Refusal, reason: RegExp): Promise<void> {
    const keys = await open()
    const error = await failureOf(() => keys.importKey(spec, material as ImportableKey, options as object))
    expect(error).toBeInstanceOf(InvalidKeyError)
    expect((error as Error).message).toMatch(reason)
    expect(leaksIn(shownOfError(error), secretsIn(material, options?.publicKey))).toEqual([])
    expect(await keys.jwks()).toEqual({ keys: [] })
    // OpenSSL keeps errors, and the next call would report them.
    expect(() => createPrivateKey(p256.privatePem)).not.toThrow()
  }

  /** The spellings of all the secrets in the input of a refusal. */
  function secretsIn(...materials: unknown[]): string[] {
    const known = [rsa, weakRsa, otherRsa, p256, p384, p521, ed25519, x25519, otherEc, otherEd].flatMap(
      ({ privateJwk }) => spellingsOf(privateJwk),
    )
    return [...known, ...materials.flatMap((one) => (one instanceof Uint8Array ? spellingsOf(octJwk(one)) : []))]
  }

  describe('a key that does not fit the algorithm', () => {
    const secp256k1 = makePair('ec', { namedCurve: 'secp256k1' })
    const pss = makePair('rsa-pss', { modulusLength: 2048 })

    it.each<Refusal>([
      ['an EC key for RS256', { alg: 'RS256' }, p256.privatePem],
      ['an EC key for PS256', { alg: 'PS256' }, p256.privateJwk],
      ['an Ed25519 key for RSA-OAEP', { alg: 'RSA-OAEP' }, ed25519.privateKey],
      ['an RSA key for ES256', { alg: 'ES256' }, rsa.privatePem],
      ['an RSA key for Ed25519', { alg: 'Ed25519' }, rsa.publicJwk],
      ['an RSA key for ECDH-ES', { alg: 'ECDH-ES' }, rsa.privateJwk],
      ['an RSA key for HS256', { alg: 'HS256' }, rsa.publicPem],
      ['an EC key for A256GCM', { alg: 'A256GCM' }, p256.privateJwk],
      ['an Ed25519 key for HS512', { alg: 'HS512' }, ed25519.publicKey],
      ['bytes for ES256', { alg: 'ES256' }, short(32)],
      ['bytes for RS256', { alg: 'RS256' }, short(256)],
      ['bytes for Ed25519', { alg: 'Ed25519' }, short(32)],
      ['an oct JWK for ECDH-ES', { alg: 'ECDH-ES' }, octJwk(randomBytes(32))],
      ['a secret KeyObject for PS256', { alg: 'PS256' }, createSecretKey(randomBytes(256))],
      ['an RSA key only for PSS, for RS256', { alg: 'RS256' }, pss.privateKey],
    ])('is refused for its type: %s', (...refusal) => expectRefusal(refusal, /type|symmetric|curve|key pair/))

    it.each<Refusal>([
      ['P-384 for ES256', { alg: 'ES256' }, p384.privatePem],
      ['P-256 for ES384', { alg: 'ES384' }, p256.privateJwk],
      ['P-256 for ES512', { alg: 'ES512' }, p256.publicJwk],
      ['secp256k1 for ES256', { alg: 'ES256' }, secp256k1.privatePem],
      ['secp256k1 for ECDH-ES', { alg: 'ECDH-ES' }, secp256k1.publicPem],
      ['P-521 for ECDH-ES', { alg: 'ECDH-ES' }, p521.privateKey],
      ['X25519 for Ed25519', { alg: 'Ed25519' }, x25519.privatePem],
      ['X25519 for EdDSA', { alg: 'EdDSA' }, x25519.publicJwk],
      ['Ed25519 for ECDH-ES', { alg: 'ECDH-ES' }, ed25519.privateJwk],
      ['Ed25519 for ES256', { alg: 'ES256' }, ed25519.privateJwk],
      ['Ed448 for EdDSA', { alg: 'EdDSA' }, makePair('ed448').privatePem],
      ['X448 for ECDH-ES', { alg: 'ECDH-ES' }, makePair('x448').publicPem],
      ['P-384 if the specification says P-256', { alg: 'ECDH-ES', curve: 'P-256' }, p384.privateJwk],
      ['X25519 if the specification says P-256', { alg: 'ECDH-ES', curve: 'P-256' }, x25519.privateJwk],
      ['P-256 if the specification says X25519', { alg: 'ECDH-ES', curve: 'X25519' }, p256.privateJwk],
    ])('is refused for its curve: %s', (...refusal) => expectRefusal(refusal, /curve|type/))

    it.each<Refusal>([
      ['2048 if the specification says 3072', { alg: 'RS256', sizeBits: 3072 }, rsa.privatePem],
      ['256 if the specification says 512', { alg: 'HS256', sizeBits: 512 }, short(32)],
    ])('is refused for its size: %s bits', (...refusal) => expectRefusal(refusal, /sizeBits/))

    it.each<[string, string, () => Promise<webcrypto.CryptoKey>]>([
      ['RSA-OAEP', 'RS256', () => cryptoKey({ name: 'RSA-OAEP', hash: 'SHA-256' }, rsa, ['decrypt'])],
      ['RSA-PSS', 'RS256', () => cryptoKey({ name: 'RSA-PSS', hash: 'SHA-256' }, rsa, ['sign'])],
      ['RSA-PSS with SHA-512', 'PS256', () => cryptoKey({ name: 'RSA-PSS', hash: 'SHA-512' }, rsa, ['sign'])],
      ['ECDH', 'ES256', () => cryptoKey({ name: 'ECDH', namedCurve: 'P-256' }, p256, ['deriveBits'])],
      ['AES-GCM', 'HS256', () => subtle.importKey('raw', short(32), 'AES-GCM', true, ['encrypt'])],
      ['AES-GCM', 'A256KW', () => subtle.importKey('raw', short(32), 'AES-GCM', true, ['encrypt'])],
      [
        'HMAC with SHA-512',
        'HS256',
        () => subtle.importKey('raw', short(64), { name: 'HMAC', hash: 'SHA-512' }, true, ['sign']),
      ],
    ])('is refused if it is a CryptoKey for %s and the specification says %s', async (made, alg, make) => {
      await expectRefusal([made, { alg }, await make()], /alg|type|usage/)
    })

    it('is refused if it is a public key passed as the bytes of a secret', async () => {
      // The confusion of RS256 with HS256 (RFC 8725 §2.1): anyone who knows the public key could forge tokens.
      await expectRefusal(['PEM', { alg: 'HS256' }, Buffer.from(rsa.publicPem)], /PEM|public|symmetric/)
    })

    it.each(['none', 'RSA1_5', 'es256', '', undefined, null, 'A192KW'])(
      'is refused for an unsupported algorithm: %p',
      async (alg) => {
        const failure = (await open()).importKey({ alg: alg as string }, p256.privatePem)
        await expect(failure).rejects.toThrow(UnsupportedAlgorithmError)
      },
    )
  })

  function cryptoKey(parameters: object, pair: Pair, uses: webcrypto.KeyUsage[]): Promise<webcrypto.CryptoKey> {
    const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' })
    return subtle.importKey('pkcs8', der, parameters as webcrypto.AlgorithmIdentifier, true, uses)
  }

  describe('a key that is too weak', () => {
    it.each<Refusal>([
      ['RSA of 1024 bits for RS256', { alg: 'RS256' }, weakRsa.privatePem],
      ['RSA of 1024 bits for PS512, public', { alg: 'PS512' }, weakRsa.publicJwk],
      ['RSA of 1024 bits for RSA-OAEP-256', { alg: 'RSA-OAEP-256' }, weakRsa.privateJwk],
      ['RSA of 1024 bits, as a KeyObject', { alg: 'RS256' }, weakRsa.privateKey],
      ['RSA of 1024 bits, as PKCS#1', { alg: 'RS256' }, pemOf(weakRsa.privateKey, 'pkcs1')],
      ['RSA with the public exponent 1', { alg: 'RS256' }, { ...rsa.publicJwk, e: 'AQ' }],
      ['RSA with an even public exponent', { alg: 'RS256' }, { ...rsa.publicJwk, e: 'Ag' }],
      ['HS256 with 31 bytes', { alg: 'HS256' }, short(31)],
      ['HS384 with 32 bytes', { alg: 'HS384' }, octJwk(randomBytes(32))],
      ['HS512 with 63 bytes', { alg: 'HS512' }, createSecretKey(randomBytes(63))],
      ['HS256 with one byte', { alg: 'HS256' }, Buffer.from('s')],
      ['HS256 with zero bytes', { alg: 'HS256' }, new Uint8Array()],
      ['A256GCM with 16 bytes', { alg: 'A256GCM' }, short(16)],
      ['A256KW with 24 bytes', { alg: 'A256KW' }, octJwk(randomBytes(24))],
      ['A128GCM with 15 bytes', { alg: 'A128GCM' }, short(15)],
    ])('is refused: %s', (...refusal) => expectRefusal(refusal, /too weak/))

    it.each<Refusal>([
      ['A128GCM with 32 bytes', { alg: 'A128GCM' }, short(32)],
      ['A192GCM with 32 bytes', { alg: 'A192GCM' }, octJwk(randomBytes(32))],
      ['A128KW with 24 bytes', { alg: 'A128KW' }, createSecretKey(randomBytes(24))],
      ['A256GCM with 33 bytes', { alg: 'A256GCM' }, short(33)],
    ])('or too long is refused with the length it should have: %s', (...refusal) => expectRefusal(refusal, /\d+ bits/))

    it('or so large that it would block a thread for seconds is refused', async () => {
      await expectRefusal(['RSA', { alg: 'RS256' }, tooLarge], /16384 bits/)
      await expectRefusal(['RSA', { alg: 'RS256' }, slightlyTooLarge], /16384 bits/)
      const largest = { ...tooLarge, n: Buffer.alloc(2048, 0xff).toString('base64url') }
      await expect((await open()).importKey({ alg: 'RS256' }, largest)).resolves.toMatchObject({ alg: 'RS256' })
    })
  })

  describe('public and private halves that do not belong together', () => {
    const belonging = /public|private|hal(f|ves)|belong/

    it.each<Refusal>([
      ['the public half of another RSA key', { alg: 'RS256' }, rsa.privatePem, { publicKey: otherRsa.publicPem }],
      ['the public half of another EC key', { alg: 'ES256' }, p256.privateJwk, { publicKey: otherEc.publicJwk }],
      [
        'the public half of another Ed25519 key',
        { alg: 'Ed25519' },
        ed25519.privateKey,
        { publicKey: otherEd.publicKey },
      ],
      ['a public half of another curve', { alg: 'ES256' }, p256.privatePem, { publicKey: p384.publicPem }],
      ['a public half of another type', { alg: 'ES256' }, p256.privatePem, { publicKey: rsa.publicPem }],
      ['a private key as its public half', { alg: 'ES256' }, p256.privatePem, { publicKey: p256.privatePem }],
      ['a private JWK as its public half', { alg: 'RS256' }, rsa.privatePem, { publicKey: rsa.privateJwk }],
      ['bytes as its public half', { alg: 'ES256' }, p256.privatePem, { publicKey: short(32) }],
      ['an oct JWK as its public half', { alg: 'ES256' }, p256.privatePem, { publicKey: octJwk(randomBytes(32)) }],
      ['a public half of a secret', { alg: 'HS256' }, short(32), { publicKey: p256.publicPem }],
      ['two public halves that differ', { alg: 'ES256' }, p256.publicPem, { publicKey: otherEc.publicPem }],
    ])('is refused: %s', (...refusal) => expectRefusal(refusal, belonging))

    it.each<Refusal>([
      [
        'an EC JWK whose point is another key’s',
        { alg: 'ES256' },
        { ...p256.privateJwk, x: otherEc.publicJwk.x, y: otherEc.publicJwk.y },
      ],
      [
        'an Ed25519 JWK whose `x` is another key’s',
        { alg: 'Ed25519' },
        { ...ed25519.privateJwk, x: otherEd.publicJwk.x },
      ],
      [
        'an X25519 JWK whose `x` is another key’s',
        { alg: 'ECDH-ES' },
        { ...x25519.privateJwk, x: makePair('x25519').publicJwk.x },
      ],
      ['an RSA JWK whose modulus is another key’s', { alg: 'RS256' }, { ...rsa.privateJwk, n: otherRsa.publicJwk.n }],
      ['an RSA JWK whose `d` is another key’s', { alg: 'RS256' }, { ...rsa.privateJwk, d: otherRsa.privateJwk.d }],
      ['an RSA JWK with primes but no `d`', { alg: 'RS256' }, cut(rsa.privateJwk, 'd')],
      ['an RSA JWK with only `qi`', { alg: 'RS256' }, { ...rsa.publicJwk, qi: rsa.privateJwk.qi }],
    ])('within one JWK is refused: %s', (...refusal) => expectRefusal(refusal, belonging))

    it.each<Refusal>([
      ['signing', { alg: 'ES256', uses: ['sign'] }, p256.publicPem],
      ['signing and verifying', { alg: 'RS256', uses: ['sign', 'verify'] }, rsa.publicJwk],
      ['decrypting', { alg: 'RSA-OAEP', uses: ['decrypt'] }, rsa.publicPem],
      ['agreeing', { alg: 'ECDH-ES', uses: ['deriveBits'] }, x25519.publicJwk],
    ])('is refused: a public key for %s', (...refusal) => expectRefusal(refusal, /uses/))

    it('is refused: a non-extractable CryptoKey with a policy that would export it', async () => {
      const parameters = { name: 'ECDSA', namedCurve: 'P-256' }
      const der = p256.privateKey.export({ type: 'pkcs8', format: 'der' })
      const kept = await subtle.importKey('pkcs8', der, parameters, false, ['sign'])
      const secret = await subtle.importKey('raw', short(32), 'AES-GCM', false, ['encrypt'])
      const exportPolicy = 'secret-when-allowed'
      await expectRefusal(['private', { alg: 'ES256', exportPolicy }, kept], /exportPolicy.*extractable/)
      await expectRefusal(['secret', { alg: 'A256GCM', exportPolicy }, secret], /exportPolicy.*extractable/)
    })
  })

  describe('a JWK that contradicts itself or the specification', () => {
    const es256 = p256.privateJwk
    const secret = octJwk(randomBytes(64))

    it.each<Refusal>([
      ['use: enc, for ES256', { alg: 'ES256' }, { ...es256, use: 'enc' }],
      ['use: enc, for HS256', { alg: 'HS256' }, { ...secret, use: 'enc' }],
      ['use: sig, for RSA-OAEP', { alg: 'RSA-OAEP' }, { ...rsa.privateJwk, use: 'sig' }],
      ['use: sig, for ECDH-ES', { alg: 'ECDH-ES' }, { ...x25519.publicJwk, use: 'sig' }],
      ['use: SIG, in another case', { alg: 'ES256' }, { ...es256, use: 'SIG' }],
      ['a use that is not a string', { alg: 'ES256' }, { ...es256, use: ['sig'] }],
    ])('is refused for its use: %s', (...refusal) => expectRefusal(refusal, /^use:/))

    it.each<Refusal>([
      ['ES384, for ES256', { alg: 'ES256' }, { ...es256, alg: 'ES384' }],
      ['RS256, for PS256', { alg: 'PS256' }, { ...rsa.privateJwk, alg: 'RS256' }],
      ['RSA-OAEP, for RSA-OAEP-256', { alg: 'RSA-OAEP-256' }, { ...rsa.publicJwk, alg: 'RSA-OAEP' }],
      ['HS512, for HS256', { alg: 'HS256' }, { ...secret, alg: 'HS512' }],
      ['es256, for ES256', { alg: 'ES256' }, { ...es256, alg: 'es256' }],
      ['an empty string', { alg: 'ES256' }, { ...es256, alg: '' }],
      ['null', { alg: 'ES256' }, { ...es256, alg: null }],
      ['ECDH-ES+A256KW, for ECDH-ES', { alg: 'ECDH-ES' }, { ...x25519.privateJwk, alg: 'ECDH-ES+A256KW' }],
    ])('is refused for its alg: %s', (...refusal) => expectRefusal(refusal, /^alg:/))

    it.each<Refusal>([
      ['encrypt, for ES256', { alg: 'ES256' }, { ...es256, key_ops: ['encrypt'] }],
      ['sign, for a public key', { alg: 'ES256' }, { ...p256.publicJwk, key_ops: ['sign'] }],
      ['sign, for A256GCM', { alg: 'A256GCM' }, { ...octJwk(randomBytes(32)), key_ops: ['sign', 'verify'] }],
      ['a duplicate (RFC 7517 §4.3)', { alg: 'ES256' }, { ...es256, key_ops: ['sign', 'sign'] }],
      ['a string', { alg: 'ES256' }, { ...es256, key_ops: 'sign' }],
      ['null', { alg: 'ES256' }, { ...es256, key_ops: null }],
      ['an empty array', { alg: 'ES256' }, { ...es256, key_ops: [] }],
      [
        'sign and encrypt, which contradicts use: sig',
        { alg: 'ES256' },
        { ...es256, use: 'sig', key_ops: ['sign', 'encrypt'] },
      ],
      ['decrypt, which contradicts use: sig', { alg: 'ES256' }, { ...es256, use: 'sig', key_ops: ['decrypt'] }],
    ])('is refused for its key_ops: %s', (...refusal) => expectRefusal(refusal, /key_ops/))

    it.each<Refusal>([
      ['sign, if key_ops has verify', { alg: 'ES256', uses: ['sign'] }, { ...es256, key_ops: ['verify'] }],
      ['both, if key_ops has one', { alg: 'ES256', uses: ['sign', 'verify'] }, { ...es256, key_ops: ['sign'] }],
    ])('is refused for uses that its key_ops forbid: %s', (...refusal) => expectRefusal(refusal, /uses.*key_ops/))
  })

  function pemAround(label: string, body: string): string {
    return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
  }

  describe('input that cannot be read as a key', () => {
    const passphrase = 'correct horse battery staple'

    it.each<Refusal>([
      ['PKCS#8', { alg: 'ES256' }, pemOf(p256.privateKey, 'pkcs8', { cipher: 'aes-256-cbc', passphrase })],
      ['PKCS#8 of an RSA key', { alg: 'RS256' }, pemOf(rsa.privateKey, 'pkcs8', { cipher: 'aes-256-cbc', passphrase })],
      ['SEC1', { alg: 'ES256' }, pemOf(p256.privateKey, 'sec1', { cipher: 'aes-128-cbc', passphrase })],
      ['PKCS#1', { alg: 'RS256' }, pemOf(rsa.privateKey, 'pkcs1', { cipher: 'aes-128-cbc', passphrase })],
    ])('is refused as encrypted: PEM of %s', (...refusal) => expectRefusal(refusal, /encrypted/))

    it.each<Refusal>([
      ['a certificate', { alg: 'ES256' }, certificatePem],
      ['a certificate as text in CRLF lines', { alg: 'ES256' }, certificatePem.replaceAll('\n', '\r\n')],
      ['a certificate for a MAC', { alg: 'HS256' }, certificatePem],
      [
        'a certificate with trust settings',
        { alg: 'ES256' },
        certificatePem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
      ],
      ['a certificate request', { alg: 'ES256' }, certificatePem.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST')],
    ])('is refused with the accepted forms: %s', (...refusal) =>
      expectRefusal(refusal, /not PEM of a private or public key|certificate/i),
    )

    it('is refused: a certificate as the public half, even the matching one', async () => {
      await expectRefusal(
        ['x', { alg: 'ES256' }, p256.privatePem, { publicKey: certificatePem }],
        /PEM|public|certificate/,
      )
    })

    it.each<Refusal>([
      ['undefined', { alg: 'ES256' }, undefined],
      ['null', { alg: 'ES256' }, null],
      ['a number', { alg: 'HS256' }, 5],
      ['a function', { alg: 'HS256' }, () => new Uint8Array(32)],
      ['an array', { alg: 'HS256' }, [...short(32)]],
      ['an ArrayBuffer', { alg: 'HS256' }, short(32).buffer],
      ['an empty string', { alg: 'ES256' }, ''],
      ['a string', { alg: 'HS256' }, 'a secret of the service, which is long enough for sure'],
      ['an empty object', { alg: 'ES256' }, {}],
      ['a set of JWKs', { alg: 'ES256' }, { keys: [p256.privateJwk] }],
      ['a JWK as JSON', { alg: 'ES256' }, JSON.stringify(p256.privateJwk)],
      ['a JWK of an unknown type', { alg: 'ES256' }, { ...p256.privateJwk, kty: 'ec' }],
      ['a JWK of an unknown curve', { alg: 'ES256' }, { ...p256.privateJwk, crv: 'p-256' }],
      ['a JWK without its point', { alg: 'ES256' }, cut(p256.privateJwk, 'x', 'y')],
      ['a JWK whose point is not on the curve', { alg: 'ES256' }, { ...p256.publicJwk, y: p256.publicJwk.x }],
      ['a JWK whose point is too short', { alg: 'ES256' }, { ...p256.publicJwk, x: 'AAAA' }],
      ['a JWK whose `d` is zero', { alg: 'ES256' }, { ...p256.privateJwk, d: Buffer.alloc(32).toString('base64url') }],
      ['a JWK whose `d` is not a string', { alg: 'ES256' }, { ...p256.privateJwk, d: 5 }],
      ['a JWK without a modulus', { alg: 'RS256' }, cut(rsa.publicJwk, 'n')],
      ['a private RSA JWK without its primes', { alg: 'RS256' }, cut(rsa.privateJwk, 'p')],
      ['an oct JWK without `k`', { alg: 'HS256' }, { kty: 'oct' }],
      ['an oct JWK whose `k` is not a string', { alg: 'HS256' }, { kty: 'oct', k: [1, 2, 3] }],
      ['an oct JWK in base64', { alg: 'HS256' }, { kty: 'oct', k: Buffer.alloc(32, 0xfb).toString('base64') }],
      ['an oct JWK with padding', { alg: 'HS256' }, { kty: 'oct', k: `${octJwk(randomBytes(32)).k}=` }],
      ['an oct JWK with white space', { alg: 'HS256' }, { kty: 'oct', k: ` ${octJwk(randomBytes(32)).k}` }],
      ['empty PEM', { alg: 'ES256' }, pemAround('PRIVATE KEY', '')],
      ['PEM around garbage', { alg: 'ES256' }, pemAround('PRIVATE KEY', randomBytes(64).toString('base64'))],
      ['truncated PEM', { alg: 'ES256' }, p256.privatePem.slice(0, 90)],
      ['truncated PEM of a public key', { alg: 'ES256' }, p256.publicPem.slice(0, 90)],
      ['PEM under the wrong label', { alg: 'ES256' }, p256.privatePem.replaceAll('PRIVATE', 'PUBLIC')],
      ['PEM of an OpenSSH key', { alg: 'Ed25519' }, pemAround('OPENSSH PRIVATE KEY', 'AAAA')],
    ])('is refused: %s', (...refusal) => expectRefusal(refusal, /^\w+: .+/))

    it('is refused without a trace', async () => {
      const keys = await open()
      await expect(keys.importKey({ alg: 'ES256', kid: 'k' }, 'garbage')).rejects.toThrow(InvalidKeyError)
      expect(await keys.listVersions('k')).toEqual([])
      expect(await keys.importKey({ alg: 'ES256', kid: 'k' }, p256.privatePem)).toMatchObject({ version: 1 })
    })
  })

  describe('a refusal', () => {
    it.each<Refusal>([
      ['a public half of another type', { alg: 'ES256' }, p256.privatePem, { publicKey: rsa.publicPem }],
      ['a public half of another curve', { alg: 'ES256' }, p256.privatePem, { publicKey: p384.publicPem }],
      ['a public half of another key', { alg: 'RS256' }, rsa.privatePem, { publicKey: otherRsa.publicPem }],
      ['a key of another type', { alg: 'ES256' }, rsa.privatePem],
      ['a key of another curve', { alg: 'ES256' }, p384.privatePem],
      ['a weak key', { alg: 'RS256' }, weakRsa.privatePem],
      ['truncated PEM', { alg: 'ES256' }, p256.privatePem.slice(0, 90)],
      ['a point that is not on the curve', { alg: 'ES256' }, { ...p256.publicJwk, y: p256.publicJwk.x }],
      ['garbage', { alg: 'ES256' }, 'garbage'],
      ['a JWK that is too large', { alg: 'RS256' }, tooLarge],
      ['a JWK that is too large by one bit', { alg: 'RS256' }, slightlyTooLarge],
      ['a JWK with an exponent that is too large', { alg: 'RS256' }, { ...rsa.publicJwk, e: tooLarge.n }],
      ['a public half that is too large', { alg: 'RS256' }, rsa.privatePem, { publicKey: tooLarge }],
      ['a private JWK that is too large', { alg: 'RS256' }, { ...rsa.privateJwk, n: tooLarge.n }],
      ['PEM that is too large', { alg: 'RS256' }, tooLargeKey.export({ type: 'spki', format: 'pem' })],
      ['a KeyObject that is too large', { alg: 'RS256' }, tooLargeKey],
    ])('of one key does not affect the next: %s', async (...refusal) => {
      const [, spec, material, options] = refusal
      for (const [alg, good] of [
        ['ES256', p256.privatePem],
        ['RS256', rsa.privatePem],
        ['Ed25519', ed25519.publicPem],
        ['ES256', p256.privateJwk],
      ] as const) {
        const keys = await open()
        await failureOf(() => keys.importKey(spec, material as ImportableKey, options as object))
        expect(await failureOf(() => keys.importKey({ alg }, good))).toBeUndefined()
      }
    })
  })
})
