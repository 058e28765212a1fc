import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type Algorithm, algorithmsNamed } from '../../src/algorithms.ts'
import { isMadeHere, madeInThread } from '../../src/platform/node/crypto-place.ts'
import { checkTimeOf } from '../../src/platform/node/signatures.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'

function rowOf(alg: string): Algorithm {
  return algorithmsNamed(alg)[0] as Algorithm
}

function keyOf(modulusLength?: number): KeyObject {
  return { asymmetricKeyDetails: modulusLength === undefined ? {} : { modulusLength } } as KeyObject
}

/** Decides about several checks in one turn of the event loop. Those in threads end with the turn. */
function placesOf(count: number, alg: string, key: KeyObject = keyOf()): string[] {
  return Array.from({ length: count }, () => {
    if (isMadeHere(checkTimeOf(rowOf(alg), key))) return 'here'
    void madeInThread((done) => queueMicrotask(() => done(null, true)))
    return 'in a thread'
  })
}

/** The checks of one test are over before the next. */
beforeEach(() => setImmediate())

describe('a check of a signature', () => {
  it.each([
    ['RS256', 2048, 4],
    ['PS512', 2048, 4],
    ['RS256', 4096, 1],
    ['ES256', undefined, 1],
    ['Ed25519', undefined, 1],
    ['EdDSA', undefined, 1],
  ])('is made at once if no other is under way: %s, %p bits, up to %i in a turn', async (alg, bits, most) => {
    expect(placesOf(most + 1, alg, keyOf(bits))).toEqual([...Array<string>(most).fill('here'), 'in a thread'])
    await setImmediate()
    expect(placesOf(1, alg, keyOf(bits))).toEqual(['here'])
  })

  it.each([
    ['RS256', 8192],
    ['PS256', 16_384],
    ['ES384', undefined],
    ['ES512', undefined],
    ['ES256K', undefined],
    ['ML-DSA-44', undefined],
  ])('is always made in a thread if it takes long: %s, %p bits', (alg, bits) => {
    expect(placesOf(1, alg, keyOf(bits))).toEqual(['in a thread'])
  })

  it.each<[string, Error | null]>([
    ['succeeds', null],
    ['fails', new Error('no memory')],
  ])('is made in a thread while another is under way, until that %s', async (_, error) => {
    let end = (): void => undefined
    const other = madeInThread((done) => (end = () => done(error, true)))
    for (let turn = 0; turn < 2; turn += 1) {
      await setImmediate()
      expect(placesOf(1, 'RS256')).toEqual(['in a thread'])
    }
    await setImmediate()
    end()
    expect(await other.catch((failure: unknown) => failure)).toBe(error ?? true)
    expect(placesOf(1, 'RS256')).toEqual(['here'])
  })

  it('that cannot be started does not count', async () => {
    const failing = madeInThread(() => {
      throw new TypeError('no key')
    })
    await expect(failing).rejects.toThrow('no key')
    expect(placesOf(1, 'RS256')).toEqual(['here'])
  })
})

describe('a signature', () => {
  it.each([
    ['ES256', 3],
    ['Ed25519', 2],
  ])('is made at once, or in a thread after others in the same turn, and verifies: %s, up to %i', async (alg, most) => {
    const keys = new LocalKeyProvider()
    await keys.createKey({ alg, kid: 'k' })
    const { sign } = await keys.signingKey('k').then((key) => ({ sign: (input: Buffer) => key.sign(input) }))
    const publicKey = createPublicKey({ key: await keys.getPublicJwk('k'), format: 'jwk' })
    const input = Buffer.from('a signing input')
    await setImmediate()
    const spent = Array.from({ length: most + 1 }, () => sign(input))
    // The pool is in use, so a check would be made there too.
    expect(isMadeHere(1)).toBe(false)
    for (const signature of await Promise.all(spent)) {
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
      expect(verify(alg === 'ES256' ? 'sha256' : null, input, key, signature)).toBe(true)
    }
    await setImmediate()
    expect(isMadeHere(1)).toBe(true)
  })
})
