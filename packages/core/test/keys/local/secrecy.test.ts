import { createPrivateKey, createSecretKey, type JsonWebKey } from 'node:crypto'
import * as fc from 'fast-check'
import type { JWK } from 'jose'
import { JwksEndpoint } from '../../../src/http/documents/jwks-endpoint.ts'
import type { ExportPolicy } from '../../../src/keys/key-specification.ts'
import type { KeyRef } from '../../../src/keys/key-ref.ts'
import type { ImportableKey } from '../../../src/keys/local/material/read-key.ts'
import { failureOf, leaksIn, privateMembers, shownInEveryWay, shownOfError, spellingsOf, waysToShow } from './leaks.ts'
import { allUses, contract, type ContractRow, octJwk, privateJwkFor } from './material/materials.ts'
import { closeProviders, type Keys, localAndStored } from './each-provider.ts'

afterAll(closeProviders)

describe.each(localAndStored)('$name:', ({ open }) => {
  const policies = ['none', 'public-only', 'secret-when-allowed', undefined] as const
  const forms = ['jwk', 'pem', 'traditional', 'object', 'bytes'] as const

  /** A random key. */
  interface Chance {
    readonly row: ContractRow
    readonly policy: ExportPolicy | undefined
    readonly imported: boolean
    readonly form: (typeof forms)[number]
    readonly onlyOneUse: boolean
    readonly rotated: boolean
    readonly kid: string | undefined
  }

  const chances: fc.Arbitrary<Chance> = fc.record({
    row: fc.constantFrom(...contract),
    policy: fc.constantFrom(...policies),
    imported: fc.boolean(),
    form: fc.constantFrom(...forms),
    onlyOneUse: fc.boolean(),
    rotated: fc.boolean(),
    kid: fc.option(
      fc.string({ minLength: 1 }).filter((kid) => kid.trim() !== ''),
      { nil: undefined },
    ),
  })

  function inForm(jwk: JWK, form: Chance['form']): ImportableKey {
    if (form === 'jwk') return jwk
    if (jwk.kty === 'oct') {
      const bytes = Buffer.from(jwk.k ?? '', 'base64url')
      return form === 'object' ? createSecretKey(bytes) : bytes
    }
    const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
    if (form === 'object' || form === 'bytes') return key
    const types: Readonly<Record<string, string>> = { RSA: 'pkcs1', EC: 'sec1' }
    const type = form === 'traditional' ? (types[jwk.kty ?? ''] ?? 'pkcs8') : 'pkcs8'
    return key.export({ type, format: 'pem' } as { type: 'pkcs8'; format: 'pem' })
  }

  /** The private JWK of a key, if the test can know it. */
  async function secretOf(keys: Keys, ref: KeyRef): Promise<JWK | undefined> {
    if (ref.exportPolicy !== 'secret-when-allowed') return undefined
    const material = (await keys.getKey(ref.kid, ref.version, { includeSecret: true })).material()
    return material?.kind === 'symmetric' ? octJwk(material.raw) : material?.jwk
  }

  /** Creates the key and everything that the provider reveals about it. Returns all visible texts, and the secrets. */
  async function everythingSeenOf(chance: Chance): Promise<{ seen: string; secrets: JWK[]; published: JWK[] }> {
    const { row, policy, form, onlyOneUse, rotated, kid } = chance
    // RSA keys are imported, because generating one for each run would take too long.
    const imported = chance.imported || row.key === 'RSA'
    const keys = await open()
    const curve = row.alg === 'ECDH-ES' ? String(row.key) : undefined
    const uses = onlyOneUse ? row.uses.slice(0, 1) : undefined
    const spec = { alg: row.alg, exportPolicy: policy, curve, uses, kid, label: 'label', tags: { a: 'b' } }
    const foreign = privateJwkFor(row)
    const material = inForm(foreign, form)
    const refs = [imported ? await keys.importKey(spec, material) : await keys.createKey(spec)]
    const [first] = refs
    if (first === undefined) throw new Error('no key')
    if (rotated && row.key !== 'RSA') refs.push(await keys.rotateKey(first.kid))

    const secrets = [foreign]
    const seen: string[] = []
    for (const ref of refs) {
      const secret = await secretOf(keys, ref)
      if (secret !== undefined) secrets.push(secret)
      const withSecret = await keys.getKey(ref.kid, ref.version, { includeSecret: secret !== undefined })
      seen.push(usuallyShown(withSecret), usuallyShown(ref))
      for (const use of allUses) seen.push(usuallyShown(await outcomeOf(() => ref.keyFor(use))))
    }
    const set = await keys.jwks()
    const endpoint = new JwksEndpoint(keys)
    seen.push(shownInEveryWay(set), shownInEveryWay(keys), usuallyShown(keys.verificationKeys({ alg: row.alg })))
    seen.push((await endpoint.respond({ method: 'GET', headers: {} })).body)
    seen.push(...(await errorsOf(keys, first, material, foreign)))
    return { seen: seen.join('\n'), secrets, published: set.keys }
  }

  /** `export-policy.test.ts` has the ways that tamper with inspection. */
  function usuallyShown(value: unknown): string {
    return [
      'console.log',
      'util.inspect with all there is',
      'JSON.stringify',
      'String()',
      'Object.entries',
      'v8.serialize',
    ]
      .map((way) => waysToShow[way]?.(value))
      .join('\n')
  }

  async function outcomeOf(attempt: () => object): Promise<object> {
    try {
      return attempt()
    } catch (error) {
      return error as Error
    }
  }

  async function errorsOf(keys: Keys, ref: KeyRef, material: ImportableKey, jwk: JWK): Promise<string[]> {
    const { alg, kid } = ref
    const wrong = ref.alg === 'ES256' ? 'RS256' : 'ES256'
    const attempts: (() => Promise<unknown>)[] = [
      () => keys.importKey({ alg, kid }, material),
      () => keys.importKey({ alg: wrong }, material),
      () => keys.importKey({ alg: 'HS512' }, jwk),
      () => keys.importKey({ alg: 'none' }, material),
      () => keys.importKey({ alg, sizeBits: 1 }, material),
      () => keys.importKey({ alg, uses: ['sing' as never] }, material),
      () => keys.importKey({ alg }, { ...jwk, use: 'other' }),
      () => keys.importKey({ alg }, { ...jwk, alg: 'other' }),
      () => keys.importKey({ alg }, { ...jwk, key_ops: ['other'] }),
      () => keys.importKey({ alg }, { ...jwk, kty: 'other' }),
      () => keys.importKey({ alg }, JSON.stringify(jwk)),
      () =>
        keys.importKey({ alg }, typeof material === 'string' ? material.slice(0, -40) : '-----BEGIN PRIVATE KEY-----'),
      () => keys.importKey({ alg }, material, { publicKey: material }),
      () => keys.importKey(jwk as never, material),
      () => keys.createKey({ alg, ...jwk }),
      () => keys.rotateKey(kid, jwk),
      () => keys.getKey(kid, 99),
      () => keys.getPublicJwk(kid, 99),
      () => keys.getKey(kid, ref.version, { includeSecret: ref.exportPolicy !== 'secret-when-allowed' }),
    ]
    const errors = await Promise.all(attempts.map((attempt) => failureOf(attempt)))
    return errors.map((error) => shownOfError(error ?? new Error('none')))
  }

  /** RFC 7517 §4, RFC 7518 §6, RFC 8037 §2: the members that a published key may have. */
  const publicMembers: readonly string[] = ['kty', 'crv', 'x', 'y', 'n', 'e', 'pub', 'kid', 'alg', 'use', 'key_ops']

  it('shows no secret in the JWKS, a reference, the provider or an error', async () => {
    await fc.assert(
      fc.asyncProperty(chances, async (chance) => {
        const { seen, secrets, published } = await everythingSeenOf(chance)
        expect(leaksIn(seen, secrets.flatMap(spellingsOf))).toEqual([])
        expect(seen).not.toMatch(/"k":|PRIVATE KEY-----\s*[\w+/=]{8}/)
        for (const jwk of published) {
          expect(jwk.kty).not.toBe('oct')
          expect(Object.keys(jwk).filter((member) => !publicMembers.includes(member))).toEqual([])
          for (const member of privateMembers) expect(jwk).not.toHaveProperty(member)
        }
      }),
      { numRuns: 15 },
    )
  }, 30_000)

  it('shows no secret in the JWKS body of many keys', async () => {
    const keys = await open()
    const secrets: JWK[] = []
    for (const [index, row] of contract.entries()) {
      for (const exportPolicy of policies) {
        const secret = privateJwkFor(row)
        secrets.push(secret)
        const curve = row.alg === 'ECDH-ES' ? String(row.key) : undefined
        await keys.importKey({ alg: row.alg, exportPolicy, curve, kid: `${index}-${exportPolicy}` }, secret)
      }
    }
    const { body } = await new JwksEndpoint(keys).respond({ method: 'GET', headers: {} })
    const pairs = contract.filter(({ key }) => typeof key === 'string')
    expect((JSON.parse(body) as { keys: JWK[] }).keys).toHaveLength(pairs.length * policies.length)
    expect(leaksIn(body, secrets.flatMap(spellingsOf))).toEqual([])
    expect(leaksIn(JSON.stringify(await keys.jwks({ prefixKids: '1' })), secrets.flatMap(spellingsOf))).toEqual([])
  })

  it.each(['RS256', 'RSA-OAEP-256'])('shows no secret of a generated RSA key: %s', async (alg) => {
    const keys = await open()
    const ref = await keys.createKey({ alg, exportPolicy: 'secret-when-allowed' })
    const secret = await secretOf(keys, ref)
    const seen = [shownInEveryWay(await keys.jwks()), usuallyShown(ref), shownInEveryWay(keys)].join('\n')
    const spellings = spellingsOf(secret ?? {})
    expect(spellings.length).toBeGreaterThan(10)
    expect(leaksIn(seen, spellings)).toEqual([])
  })
})
