import { generateKeyPairSync } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { algorithms } from '../../../../src/algorithms.ts'
import { InvalidKeyError, UnsupportedAlgorithmError } from '../../../../src/errors.ts'
import { LocalKeyProvider } from '../../../../src/keys/local/local-key-provider.ts'
import { contractAlgorithms } from './materials.ts'

const keys = new LocalKeyProvider()
const table = algorithms.map(({ alg }) => alg)

/** RFC 9964. Checked with the runtime itself, not with the code under test. */
const mlDsa = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']
const hasMlDsa = ((): boolean => {
  try {
    generateKeyPairSync('ml-dsa-44' as 'ed25519')
    return true
  } catch {
    return false
  }
})()

describe('supports()', () => {
  const { algorithms: supported, classes, features } = keys.supports()

  it('names every algorithm of the contract, and ML-DSA if the runtime has it', () => {
    const expected = [...contractAlgorithms, ...(hasMlDsa ? mlDsa : [])]
    expect([...supported].toSorted()).toEqual([...expected].toSorted())
  })

  it('names only algorithms in the table, and none twice', () => {
    expect(supported.filter((alg) => !table.includes(alg))).toEqual([])
    expect(new Set(supported).size).toBe(supported.length)
  })

  it('names the classes of keys and what can be done with them', () => {
    expect([...classes].toSorted()).toEqual(['asymmetric', 'symmetric'])
    expect(features.length).toBeGreaterThan(0)
  })

  it('is not affected by changes to a returned value', () => {
    const before = structuredClone(keys.supports())
    for (const list of Object.values(keys.supports()) as unknown as string[][]) {
      try {
        list.push('altered')
      } catch {
        // Frozen is as good as copied.
      }
    }
    expect(new LocalKeyProvider().supports()).toEqual(before)
  })

  it('names only algorithms that keys can be created for', async () => {
    const refs = await Promise.all(supported.map((alg) => keys.createKey({ alg })))
    expect(refs.map(({ alg }) => alg)).toEqual(supported)
  }, 30_000)

  it('is complete: other algorithms are refused by name, at creation and at import', async () => {
    const refused = [...table, 'A192KW', 'ES256K', 'none'].filter((alg) => !supported.includes(alg))
    expect(refused.length).toBeGreaterThan(0)
    for (const alg of refused) {
      await expect(keys.createKey({ alg })).rejects.toThrow(UnsupportedAlgorithmError)
      await expect(keys.createKey({ alg })).rejects.toThrow(alg)
      await expect(keys.importKey({ alg }, new Uint8Array(32))).rejects.toThrow(UnsupportedAlgorithmError)
    }
  })
})

describe.each(mlDsa)('%s', (alg) => {
  it('signs, verifies and is published if the runtime has it, and is refused clearly if not', async () => {
    await (hasMlDsa ? expectToWork(alg) : expectToBeRefused(alg))
  })

  it('accepts no size and no curve', async () => {
    for (const spec of [
      { alg, sizeBits: 2048 },
      { alg, curve: 'P-256' },
    ]) {
      const failure: unknown = await keys.createKey(spec).catch((error: unknown) => error)
      expect(failure instanceof UnsupportedAlgorithmError || failure instanceof InvalidKeyError).toBe(true)
    }
  })
})

async function expectToWork(alg: string): Promise<void> {
  const ref = await keys.createKey({ alg, kid: alg })
  const signed = await new CompactSign(Buffer.from('x')).setProtectedHeader({ alg }).sign(ref.keyFor('sign'))
  expect(Buffer.from((await compactVerify(signed, ref.keyFor('verify'))).payload).toString()).toBe('x')
  expect(ref.publicJwk).toMatchObject({ kty: 'AKP', alg, use: 'sig', pub: expect.any(String) })
  expect(ref.publicJwk).not.toHaveProperty('priv')
}

async function expectToBeRefused(alg: string): Promise<void> {
  await expect(keys.createKey({ alg })).rejects.toThrow(UnsupportedAlgorithmError)
  await expect(keys.createKey({ alg })).rejects.toThrow(/Node/)
  await expect(keys.createKey({ alg })).rejects.toMatchObject({ code: 'algorithm_unsupported' })
  const jwk = { kty: 'AKP', alg, pub: 'AAAA' }
  await expect(keys.importKey({ alg }, jwk)).rejects.not.toThrow(/AAAA/)
  const failure: unknown = await keys.importKey({ alg }, jwk).catch((error: unknown) => error)
  expect(failure instanceof UnsupportedAlgorithmError || failure instanceof InvalidKeyError).toBe(true)
}
