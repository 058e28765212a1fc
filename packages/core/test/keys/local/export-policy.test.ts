import { webcrypto } from 'node:crypto'
import { CompactSign, compactVerify, type CryptoKey } from 'jose'
import { ExportForbiddenError, InvalidKeyError } from '../../../src/errors.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { ExportPolicy } from '../../../src/keys/key-specification.ts'
import type { KeyRef } from '../../../src/keys/key-ref.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'
import { failureOf, leaksIn, privateMembers, shownInEveryWay, shownOfError, spellingsOf, waysToShow } from './leaks.ts'
import { contract, type ContractRow, octJwk, pairOf, privateJwkFor } from './material/materials.ts'
import { closeProviders, type Keys, localAndStored } from './each-provider.ts'

afterAll(closeProviders)

describe.each(localAndStored)('$name:', ({ open }) => {
  const { subtle } = webcrypto
  const closed: readonly ExportPolicy[] = ['none', 'public-only']
  const exportable = 'secret-when-allowed'

  /** RSA keys are imported, because generating one for each row and policy would take too long. */
  async function keyOf(row: ContractRow, exportPolicy?: ExportPolicy): Promise<Keys> {
    const keys = await open()
    const spec = { alg: row.alg, kid: 'k', exportPolicy }
    if (row.key === 'RSA') await keys.importKey(spec, pairOf('RSA').privatePem)
    else await keys.createKey({ ...spec, curve: typeof row.key === 'number' ? undefined : row.key })
    return keys
  }

  function secretHalves(ref: KeyRef): CryptoKey[] {
    return ref.uses.map((use) => ref.keyFor(use)).filter(({ type }) => type !== 'public')
  }

  const rows = contract.map((row) => [row.alg, String(row.key), row] as const)

  describe.each(rows)('the export policy of a key for %s (%s)', (_, __, row) => {
    it.each(closed)('%s: no call returns the secret', async (exportPolicy) => {
      const keys = await keyOf(row, exportPolicy)
      await expect(keys.getKey('k', undefined, { includeSecret: true })).rejects.toThrow(ExportForbiddenError)
      await expect(keys.getKey('k', 1, { includeSecret: true })).rejects.toMatchObject({ code: 'export_forbidden' })
      await expect(keys.getKey('k.1', undefined, { includeSecret: true })).rejects.toThrow(ExportForbiddenError)
      const ref = await keys.getKey('k')
      expect(ref.exportPolicy).toBe(exportPolicy)
      expect(ref.material()).toBeUndefined()
    })

    const handedOut = ([...closed, exportable] as const).filter(
      (policy) => policy !== 'none' || !row.uses.includes('sign'),
    )

    it.each(handedOut)('%s: the runtime holds the secret non-extractable', async (exportPolicy) => {
      const ref = await (await keyOf(row, exportPolicy)).getKey('k')
      const secrets = secretHalves(ref)
      expect(secrets.length).toBeGreaterThan(0)
      for (const key of secrets) {
        expect(key.extractable).toBe(false)
        await expect(subtle.exportKey('jwk', key)).rejects.toThrow(/not extractable/)
        await expect(subtle.exportKey(key.type === 'secret' ? 'raw' : 'pkcs8', key)).rejects.toThrow(/not extractable/)
      }
    })

    it('is public-only by default', async () => {
      const keys = await keyOf(row)
      expect((await keys.getKey('k')).exportPolicy).toBe('public-only')
      await expect(keys.getKey('k', 1, { includeSecret: true })).rejects.toThrow(ExportForbiddenError)
    })

    it('none: the reference has no public JWK either', async () => {
      expect((await (await keyOf(row, 'none')).getKey('k')).publicJwk).toBeUndefined()
    })

    it('secret-when-allowed: only a caller that asks for the secret receives it', async () => {
      const keys = await keyOf(row, exportable)
      for (const ref of [
        await keys.getKey('k'),
        await keys.getKey('k', 1, {}),
        await keys.getKey('k', 1, { includeSecret: false }),
        await keys.getKey('k', 1, { includeSecret: 'yes' as never }),
      ]) {
        expect(ref.material()).toBeUndefined()
      }
      expect((await keys.getKey('k', 1, { includeSecret: true })).material()).toBeDefined()
    })

    it('secret-when-allowed: the returned material can be imported again', async () => {
      const keys = await keyOf(row, exportable)
      const ref = await keys.getKey('k', 1, { includeSecret: true })
      const material = ref.material()
      if (material === undefined) throw new Error('no material')
      const materials =
        material.kind === 'symmetric' ? [material.raw, octJwk(material.raw)] : [material.pkcs8, material.jwk]
      const spec = { alg: row.alg, curve: typeof row.key === 'string' && row.alg === 'ECDH-ES' ? row.key : undefined }
      for (const one of materials) {
        const again = await (await open()).importKey(spec, one)
        expect(again.fingerprint).toBe(ref.fingerprint)
        expect(again.uses).toEqual(ref.uses)
        await expectSameKey(ref, again)
      }
    })

    it('secret-when-allowed: changing the returned material does not change the key', async () => {
      const keys = await keyOf(row, exportable)
      const secretOf = async (): Promise<unknown> =>
        structuredClone((await keys.getKey('k', 1, { includeSecret: true })).material())
      const before = await secretOf()
      const material = (await keys.getKey('k', 1, { includeSecret: true })).material()
      if (material?.kind === 'symmetric') material.raw.fill(0)
      if (material?.kind === 'private') material.jwk.d = 'altered'
      expect(await secretOf()).toEqual(before)
    })
  })

  const signing = contract.filter(({ uses }) => uses.includes('sign'))

  describe.each(signing)('a key for $alg whose export policy is none', (row) => {
    it('returns no CryptoKey that signs: `KeyObject.from` would export its secret', async () => {
      const keys = await keyOf(row, 'none')
      const ref = await keys.getKey('k')
      const secretUses = row.alg.startsWith('HS') ? row.uses : (['sign'] as const)
      for (const use of secretUses) expect(() => ref.keyFor(use)).toThrow(ExportForbiddenError)
      const key = await keys.signingKey()
      expect(() => key.privateKey).toThrow(ExportForbiddenError)
    })

    it('signs inside the provider, and others can verify it', async () => {
      const keys = await keyOf(row, 'none')
      const key = await keys.signingKey()
      const { alg, kid } = key
      const input = [{ alg, kid }, { sub: 'user-1' }].map((part) => base64url(JSON.stringify(part))).join('.')
      const [known] = await keys.verificationKeys({ alg, kid })
      const jws = `${input}.${base64url(await key.sign(Buffer.from(input)))}`
      await expect(compactVerify(jws, (await known?.cryptoKey(alg)) as CryptoKey)).resolves.toBeDefined()
    })

    it('signs the tokens of an issuer', async () => {
      const keys = await keyOf(row, 'none')
      const token = await new TokenIssuer({ keys, issuer, audience }).issue({ sub: 'user-1' })
      const { claims } = await new TokenVerifier({ keys, issuer, audience, algorithms: [row.alg] }).verify(token)
      expect(claims.sub).toBe('user-1')
    })

    it('does not show its secret if the signing key is printed, copied or serialized', async () => {
      const key = await (await keyOf(row, 'none')).signingKey()
      expect(shownInEveryWay(key)).toContain(key.kid)
      expect({ ...key }).not.toHaveProperty('privateKey')
    })
  })

  function base64url(content: string | Uint8Array): string {
    return Buffer.from(content as string).toString('base64url')
  }

  /** Each secret half undoes what the public half did. */
  async function expectSameKey(a: KeyRef, b: KeyRef): Promise<void> {
    const data = Buffer.from('x'.repeat(32))
    if (a.uses.includes('sign')) {
      const { alg } = a
      const signed = await new CompactSign(data).setProtectedHeader({ alg }).sign(b.keyFor('sign'))
      await expect(compactVerify(signed, a.keyFor('verify'))).resolves.toBeDefined()
    } else if (a.uses.includes('encrypt')) {
      const { name } = a.keyFor('encrypt').algorithm
      const parameters = name === 'AES-GCM' ? { name, iv: new Uint8Array(12) } : { name }
      const sealed = await subtle.encrypt(parameters, a.keyFor('encrypt'), data)
      expect(Buffer.from(await subtle.decrypt(parameters, b.keyFor('decrypt'), sealed))).toEqual(data)
    } else if (a.uses.includes('wrapKey')) {
      const content = await subtle.importKey('raw', data, 'AES-GCM', true, ['encrypt'])
      const wrapped = await subtle.wrapKey('raw', content, a.keyFor('wrapKey'), 'AES-KW')
      const unwrapped = subtle.unwrapKey('raw', wrapped, b.keyFor('unwrapKey'), 'AES-KW', 'AES-GCM', true, ['encrypt'])
      expect(Buffer.from(await subtle.exportKey('raw', await unwrapped))).toEqual(data)
    } else {
      const agree = (own: KeyRef, other: KeyRef): Promise<ArrayBuffer> => {
        const parameters = { name: own.keyFor('deriveBits').algorithm.name, public: other.publicKey }
        return subtle.deriveBits(parameters as webcrypto.EcdhKeyDeriveParams, own.keyFor('deriveBits'), 256)
      }
      expect(Buffer.from(await agree(a, b))).toEqual(Buffer.from(await agree(b, a)))
    }
  }

  describe('a public key without a private half', () => {
    it.each([...closed, exportable] as const)('has no secret to return, under any policy: %s', async (exportPolicy) => {
      const keys = await open()
      await keys.importKey({ alg: 'ES256', kid: 'k', exportPolicy }, pairOf('P-256').publicPem)
      await expect(keys.getKey('k', 1, { includeSecret: true })).rejects.toThrow(ExportForbiddenError)
    })
  })

  describe('rotation', () => {
    it('keeps the policy', async () => {
      const keys = await open()
      await keys.createKey({ alg: 'ES256', kid: 'k', exportPolicy: 'none' })
      expect((await keys.rotateKey('k')).exportPolicy).toBe('none')
      await expect(keys.getKey('k', 2, { includeSecret: true })).rejects.toThrow(ExportForbiddenError)
    })

    it('to secret-when-allowed applies only to the new version', async () => {
      const keys = await open()
      await keys.createKey({ alg: 'ES256', kid: 'k' })
      await keys.rotateKey('k', { exportPolicy: exportable })
      expect((await keys.getKey('k', 2, { includeSecret: true })).material()).toBeDefined()
      await expect(keys.getKey('k', 1, { includeSecret: true })).rejects.toThrow(ExportForbiddenError)
    })

    it('refuses an unknown policy', async () => {
      const keys = await open()
      await keys.createKey({ alg: 'ES256', kid: 'k' })
      await expect(keys.rotateKey('k', { exportPolicy: 'all' as never })).rejects.toThrow(InvalidKeyError)
    })
  })

  const shapes = contract.filter(
    ({ alg, key }) =>
      ['HS256', 'RS256', 'ES256', 'Ed25519', 'A256GCM', 'A256KW', 'RSA-OAEP-256'].includes(alg) || key === 'X25519',
  )

  describe.each(shapes)('a reference to a key for $alg', (row) => {
    const jwk = privateJwkFor(row)
    const spellings = spellingsOf(jwk)
    let keys: Keys
    const curve = row.key === 'X25519' ? row.key : undefined

    beforeAll(async () => {
      keys = await open()
      await keys.importKey({ alg: row.alg, kid: 'open', exportPolicy: exportable, curve }, jwk)
      await keys.importKey({ alg: row.alg, kid: 'closed', curve }, jwk)
    })

    it('would fail this test if it leaked: the search finds the secret', () => {
      expect(leaksIn(shownInEveryWay(jwk), spellings).length).toBeGreaterThan(0)
      expect(leaksIn(shownInEveryWay({ raw: Buffer.from(jwk.k ?? jwk.d ?? '', 'base64url') }), spellings)).not.toEqual(
        [],
      )
    })

    it.each(Object.keys(waysToShow))('never shows its secret: %s', async (way) => {
      const withSecret = await keys.getKey('open', 1, { includeSecret: true })
      expect(withSecret.material()).toBeDefined()
      for (const ref of [withSecret, await keys.getKey('open'), await keys.getKey('closed')]) {
        const shown = waysToShow[way]?.(ref) ?? ''
        expect(leaksIn(shown, spellings)).toEqual([])
        expect(shown).not.toContain('PRIVATE KEY')
      }
    })

    it('shows its public properties', async () => {
      const ref = await keys.getKey('open', 1, { includeSecret: true })
      const shown = waysToShow['console.log']?.(ref)
      for (const told of ['open.1', row.alg, 'active', exportable, ref.fingerprint]) expect(shown).toContain(told)
      expect(JSON.parse(JSON.stringify(ref))).toMatchObject({
        kid: 'open',
        version: 1,
        alg: row.alg,
        state: 'active',
      })
      for (const member of privateMembers) expect(ref.publicJwk ?? {}).not.toHaveProperty(member)
    })

    it('never shows its secret in the provider that holds it', async () => {
      expect(leaksIn(shownInEveryWay(keys), spellings)).toEqual([])
      expect(leaksIn(shownInEveryWay(await keys.jwks()), spellings)).toEqual([])
      expect(leaksIn(shownInEveryWay(keys.verificationKeys({ alg: row.alg })), spellings)).toEqual([])
    })

    it('never shows its secret in an error', async () => {
      const ref = await keys.getKey('open', 1, { includeSecret: true })
      const failures = await Promise.all([
        failureOf(() => keys.getKey('closed', 1, { includeSecret: true })),
        failureOf(() => keys.getPublicJwk('nobody')),
        failureOf(() => keys.importKey({ alg: row.alg, kid: 'open' }, jwk)),
        failureOf(() => keys.importKey({ alg: row.alg, sizeBits: 8 }, jwk)),
        failureOf(() => keys.importKey({ alg: row.alg }, { ...jwk, alg: 'none' })),
        failureOf(() => keys.importKey({ alg: 'ES384' }, jwk)),
        failureOf(() => keys.importKey({ alg: 'none' }, jwk)),
        failureOf(() => keys.importKey(jwk as never, jwk)),
        failureOf(() => keys.createKey(jwk as never)),
        failureOf(() => keys.rotateKey('open', jwk as never)),
        failureOf(() => ref.keyFor('nothing' as never)),
        failureOf(() => {
          ;(ref as { kid: string }).kid = 'altered'
        }),
      ])
      for (const failure of failures) {
        expect(failure).toBeInstanceOf(Error)
        expect(leaksIn(shownOfError(failure), spellings)).toEqual([])
      }
    })
  })
})
