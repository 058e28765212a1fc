import type { JWK } from 'jose'
import { KeySourceUnavailableError } from '../../../../src/errors.ts'
import { KeySet } from '../../../../src/keys/remote/sets/key-set.ts'
import { ecPair, ed25519Pair, rsaPair } from '../../../support/foreign-issuer.ts'

const a: JWK = { ...ecPair().publicJwk, kid: 'a' }
const b: JWK = { ...ecPair().publicJwk, kid: 'b' }
const rsa: JWK = { ...rsaPair().publicJwk, kid: 'rsa' }

function read(...keys: unknown[]): Promise<KeySet> {
  return KeySet.read({ keys }, 'https://x.example')
}

function kidsIn(set: KeySet): unknown[] {
  return set.jwks().map(({ kid }) => kid)
}

describe('reading a JWK Set', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a string', 'a'],
    ['a symmetric key', { kty: 'oct', k: 'AAAA', kid: 'a' }],
    ['an unknown type', { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AAAA', kid: 'a' }],
    ['a key for encryption', { ...rsa, use: 'enc' }],
    ['a weak key', { ...rsaPair(1024).publicJwk, kid: 'a' }],
    ['a broken key', { ...a, x: 'AAAA' }],
    ['a kid that is not a string', { ...a, kid: 5 }],
  ])('skips %s at any position, and keeps the rest', async (_, junk) => {
    expect(kidsIn(await read(junk, b))).toEqual(['b'])
    expect(kidsIn(await read(b, junk))).toEqual(['b'])
  })

  it.each<[string, Record<string, unknown> | undefined]>([
    ['there is no document', undefined],
    ['there are no keys', {}],
    ['the list of keys is empty', { keys: [] }],
    ['the keys are not an array', { keys: { a } }],
    ['the keys are null', { keys: null }],
    ['no key can be used', { keys: [null, { kty: 'oct', k: 'AAAA' }] }],
    ['the document is a single key', a],
  ])('reports an outage if %s', async (_, document) => {
    await expect(KeySet.read(document, 'https://x.example')).rejects.toThrow(KeySourceUnavailableError)
  })

  it('ignores unknown members', async () => {
    const set = await KeySet.read({ keys: [{ ...a, more: 1 }], more: [] }, 'https://x.example')
    expect(set.jwks()).toEqual([{ ...a, alg: 'ES256', use: 'sig' }])
  })

  it('stops after a hundred keys', async () => {
    const many = Array.from({ length: 150 }, (_, index) => ({ ...a, kid: `k${index}` }))
    expect((await read(...many)).jwks()).toHaveLength(100)
  })

  it('reports each skipped key with its position and reason', async () => {
    const set = await read(
      null,
      a,
      { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AAAA', kid: 'pq' },
      { ...a, kid: 'e', use: 'enc' },
    )
    expect(set.setAside).toEqual([
      { index: 0, kid: undefined, reason: 'not an object' },
      { index: 2, kid: 'pq', reason: expect.any(String) },
      { index: 3, kid: 'e', reason: expect.stringContaining('use') },
    ])
    expect(set.warnings).toEqual([])
  })

  it('warns about a private key, and keeps its public part', async () => {
    const pair = ecPair()
    const set = await read({ ...pair.privateJwk, kid: 'leaked' })
    expect(set.warnings).toEqual([{ index: 0, kid: 'leaked', reason: expect.stringContaining('private') }])
    expect(set.setAside).toEqual([])
    expect(set.jwks()).toEqual([{ ...pair.publicJwk, kid: 'leaked', alg: 'ES256', use: 'sig' }])
  })

  it('reports the keys beyond the limit, but only a bounded number of them', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ ...a, kid: `k${index}` }))
    const { setAside } = await read(...many)
    expect(setAside[0]).toEqual({ index: 100, kid: 'k100', reason: 'more than 100 keys' })
    expect(setAside.length).toBeLessThanOrEqual(100)
  })

  it('accepts the given maximum number of keys', async () => {
    const set = await KeySet.read({ keys: [a, b, rsa] }, 'https://x.example', { maxKeys: 2 })
    expect(kidsIn(set)).toEqual(['a', 'b'])
    expect(set.setAside).toMatchObject([{ index: 2, kid: 'rsa' }])
  })

  it.each<[string, unknown[]]>([
    ['keys for encryption', Array.from({ length: 300 }, (_, index) => ({ ...a, kid: `e${index}`, use: 'enc' }))],
    ['invalid entries', Array.from({ length: 300 }, () => null)],
    ['duplicates of one key', Array.from({ length: 300 }, () => a)],
    ['too many keys under one kid', Array.from({ length: 12 }, () => ({ ...ecPair().publicJwk, kid: 'a' }))],
  ])('counts only keys that are used, and not %s', async (_, others) => {
    const set = await KeySet.read({ keys: [...others, b] }, 'https://x.example', { maxKeys: 9 })
    expect(set.matching({ alg: 'ES256', kid: 'b' })).toHaveLength(1)
    expect(set.setAside.length).toBeLessThanOrEqual(100)
  })

  it('reads a bounded number of entries', async () => {
    await expect(read(...Array.from({ length: 2000 }, () => null), b)).rejects.toThrow(/no key/)
  })

  it('reads at least as many entries as the maximum number of keys', async () => {
    const many = Array.from({ length: 3000 }, () => null)
    const set = await KeySet.read({ keys: [...many, b] }, 'https://x.example', { maxKeys: 3000 })
    expect(kidsIn(set)).toEqual(['b'])
  })

  it.each<[string, object]>([
    ['null', { d: null, p: null, oth: null, k: null }],
    ['empty', { d: '', oth: [], k: '' }],
  ])('does not warn about private members that are %s', async (_, members) => {
    expect((await read({ ...a, ...members })).warnings).toEqual([])
  })

  it('keeps a bounded number of different keys under one kid', async () => {
    const many = Array.from({ length: 12 }, () => ({ ...ecPair().publicJwk, kid: 'a' }))
    const set = await read(...many, b)
    expect(set.matching({ alg: 'ES256', kid: 'a' })).toHaveLength(8)
    expect(set.setAside).toHaveLength(4)
    expect(set.matching({ alg: 'ES256', kid: 'b' })).toHaveLength(1)
  })

  it('counts a key that is published for several algorithms once under its kid', async () => {
    const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', undefined]
    const many = Array.from({ length: 8 }, () => ({ ...ecPair().publicJwk, kid: 'a' }))
    const set = await read(...algorithms.map((alg) => ({ ...rsa, kid: 'a', alg })), ...many)
    expect(set.setAside).toMatchObject([{ index: 12 }])
    expect(set.matching({ alg: 'PS256', kid: 'a' })).toHaveLength(1)
  })

  it('merges identical keys', async () => {
    const set = await read(a, a, { ...a, x5t: 'x' })
    expect(set.jwks()).toHaveLength(1)
    expect(set.matching({ alg: 'ES256' })).toHaveLength(1)
    expect(set.matching({ alg: 'ES256', kid: 'a' })).toHaveLength(1)
  })
})

describe('the accepted key uses', () => {
  const svid = { ...a, use: 'jwt-svid' }

  it.each<[string, readonly string[], object, number]>([
    ['only sig by default', [], svid, 0],
    ['the named ones', ['jwt-svid'], svid, 1],
    ['still sig', ['jwt-svid'], { ...a, use: 'sig' }, 1],
    ['no others', ['jwt-svid'], { ...a, use: 'x509-svid' }, 0],
    ['not in another case', ['jwt-svid'], { ...a, use: 'JWT-SVID' }, 0],
  ])('are %s', async (_, acceptKeyUses, jwk, count) => {
    const set = await KeySet.read({ keys: [jwk, b] }, 'https://x.example', { acceptKeyUses })
    expect(set.matching({ alg: 'ES256', kid: 'a' })).toHaveLength(count)
    expect(set.setAside).toHaveLength(1 - count)
  })
})

describe('the keys for a header', () => {
  it.each<[string, { alg: string; kid?: string }, string[]]>([
    ['match the kid', { alg: 'ES256', kid: 'a' }, ['a']],
    ['match kid and algorithm', { alg: 'RS256', kid: 'a' }, []],
    ['are all that match the algorithm if there is no kid', { alg: 'ES256' }, ['a', 'b']],
    ['are the one that matches', { alg: 'PS256' }, ['rsa']],
    ['are none for an unknown kid', { alg: 'ES256', kid: 'x' }, []],
    ['are none for a kid that is a property of every object', { alg: 'ES256', kid: '__proto__' }, []],
    ['are none for an algorithm in another case', { alg: 'es256', kid: 'a' }, []],
  ])('%s', async (_, hint, kids) => {
    const set = await read(a, b, rsa, { ...ed25519Pair().publicJwk })
    expect(set.matching(hint).map(({ kid }) => kid)).toEqual(kids)
  })

  it('are all keys under the kid, in any order', async () => {
    const one = { ...b, kid: 'a' }
    for (const keys of [
      [a, one],
      [one, a],
    ]) {
      const set = await read(...keys)
      const thumbprints = set.matching({ alg: 'ES256', kid: 'a' }).map(({ thumbprint }) => thumbprint)
      expect(new Set(thumbprints).size).toBe(2)
      expect(set.jwks()).toHaveLength(2)
    }
  })

  it.each<[string, object[], { alg: string; kid?: string }]>([
    ['under two kids', [a, { ...a, kid: 'b' }], { alg: 'ES256' }],
    ['with and without a kid', [a, { ...a, kid: undefined }], { alg: 'ES256' }],
    ['with and without alg', [rsa, { ...rsa, alg: 'RS256' }], { alg: 'RS256' }],
    ['with and without alg, under one kid', [rsa, { ...rsa, alg: 'RS256' }], { alg: 'RS256', kid: 'rsa' }],
  ])('contain the same material only once if it is published %s', async (_, keys, hint) => {
    const set = await read(...keys)
    expect(set.matching(hint)).toHaveLength(1)
    expect(set.keys).toHaveLength(2)
  })

  it('distinguish keys of two types under one kid', async () => {
    const set = await read(a, { ...rsa, kid: 'a' })
    expect(set.matching({ alg: 'ES256', kid: 'a' })).toHaveLength(1)
    expect(set.matching({ alg: 'RS256', kid: 'a' })).toHaveLength(1)
  })
})

describe('the reason why there is no key for a header', () => {
  it.each<[string, { alg: string; kid?: string; issuer?: string }, string | undefined]>([
    ['the kid is unknown', { alg: 'ES256', kid: 'x' }, undefined],
    ['there is no kid', { alg: 'ES512' }, undefined],
    ['the key is for another algorithm', { alg: 'RS256', kid: 'a' }, 'the key with this `kid` is for ES256'],
    [
      'the key names another issuer',
      { alg: 'ES256', kid: 'i', issuer: 'o' },
      'the key with this `kid` names another issuer',
    ],
    [
      'the key cannot be used',
      { alg: 'ES256', kid: 'e' },
      'the key with this `kid` was set aside: `use` is enc, and not sig',
    ],
  ])('is right if %s', async (_, hint, reason) => {
    const set = await read(a, { ...b, kid: 'e', use: 'enc' }, { ...b, kid: 'i', issuer: 'https://i.example' })
    expect(set.explainAbsence(hint)).toBe(reason)
  })
})

describe('a set', () => {
  it('recognizes a key by material and kid', async () => {
    const [key] = (await read(a)).matching({ alg: 'ES256' })
    expect(key).toBeDefined()
    const knows = async (...keys: unknown[]): Promise<boolean> => (await read(...keys)).has(key as never)
    expect(await knows(b, a)).toBe(true)
    expect(await knows(b)).toBe(false)
    expect(await knows({ ...b, kid: 'a' })).toBe(false)
    expect(await knows({ ...a, kid: 'b' })).toBe(false)
  })

  it('follows the rules for versioned kids', async () => {
    const set = await read({ ...a, kid: 'orders.1' }, { ...b, kid: 'orders.2' })
    expect(set.lookUp('orders')?.kid).toBe('orders.2')
    expect(set.lookUp('orders', 1)?.kid).toBe('orders.1')
    expect(set.lookUp('orders.1')?.kid).toBe('orders.1')
    expect(set.lookUp('orders', 3)).toBeUndefined()
    expect(set.versions('orders')).toEqual([1, 2])
  })
})
