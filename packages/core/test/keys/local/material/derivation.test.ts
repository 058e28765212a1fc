import { LimitError } from '../../../../src/errors.ts'
import type { HkdfParameters } from '../../../../src/keys/local/material/derivation.ts'
import { LocalKeyProvider } from '../../../../src/keys/local/local-key-provider.ts'

const keys = new LocalKeyProvider()

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

/** The octets from one value to another, inclusive. */
function run(from: number, to: number): Uint8Array {
  return Uint8Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

const none = new Uint8Array()

async function derivedHex({ ikm, ...parameters }: HkdfParameters & { ikm: Uint8Array }): Promise<string> {
  return Buffer.from(await keys.hkdf(ikm, parameters)).toString('hex')
}

describe('hkdf', () => {
  it.each([
    [
      'A.1: basic test case with SHA-256',
      { ikm: bytes('0b'.repeat(22)), salt: run(0x00, 0x0c), info: run(0xf0, 0xf9), length: 42 },
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      'A.2: test with SHA-256 and longer inputs and outputs',
      { ikm: run(0x00, 0x4f), salt: run(0x60, 0xaf), info: run(0xb0, 0xff), length: 82 },
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ],
    [
      'A.3: test with SHA-256 and zero-length salt and info',
      { ikm: bytes('0b'.repeat(22)), salt: none, info: none, length: 42 },
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    ],
  ])('returns the output of RFC 5869 %s', async (_, { ikm, ...parameters }, okm) => {
    const derived = await keys.hkdf(ikm, parameters)
    expect(Buffer.from(derived).toString('hex')).toBe(okm)
  })

  const parameters = { salt: run(0, 12), info: none, length: 32 }
  const ikm = run(1, 32)

  it.each([1, 32, 8160])('returns %i bytes', async (length) => {
    expect((await keys.hkdf(ikm, { ...parameters, length })).byteLength).toBe(length)
  })

  it.each([0, -1, 8161, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '32', undefined, null])(
    'refuses the length %p',
    async (length) => {
      await expect(keys.hkdf(ikm, { ...parameters, length: length as number })).rejects.toThrow(LimitError)
    },
  )

  it.each<[string, unknown[]]>([
    ['no key', [undefined, parameters]],
    ['a key that is a string', ['secret-secret', parameters]],
    ['a salt that is a string', [ikm, { ...parameters, salt: 'salt' }]],
    ['no salt', [ikm, { info: none, length: 32 }]],
    ['an info that is a string', [ikm, { ...parameters, info: 'info' }]],
    ['no info', [ikm, { salt: none, length: 32 }]],
    ['an info longer than the runtime accepts', [ikm, { ...parameters, info: new Uint8Array(1025) }]],
  ])('refuses %s, and does not quote it', async (_, given) => {
    const failure = keys.hkdf(...(given as Parameters<typeof keys.hkdf>))
    await expect(failure).rejects.toThrow(LimitError)
    await expect(failure).rejects.not.toThrow(/secret-secret/)
  })

  it('accepts an info of the maximum length', async () => {
    expect(await keys.hkdf(ikm, { ...parameters, info: new Uint8Array(1024) })).toHaveLength(32)
  })

  it.each<[string, { ikm?: Uint8Array; salt?: Uint8Array; info?: Uint8Array }]>([
    ['key', { ikm: run(2, 33) }],
    ['salt', { salt: run(1, 13) }],
    ['info', { info: run(1, 1) }],
  ])('returns other bytes for another %s', async (_, change) => {
    const base = { ...parameters, ikm }
    expect(await derivedHex(base)).toBe(await derivedHex(base))
    expect(await derivedHex({ ...base, ...change })).not.toBe(await derivedHex(base))
  })
})

describe('randomBytes', () => {
  it.each([1, 16, 32, 65_536])('returns %i bytes', async (length) => {
    const random = await keys.randomBytes(length)
    expect(random).toBeInstanceOf(Uint8Array)
    expect(random.byteLength).toBe(length)
  })

  it.each([0, -1, 65_537, 2 ** 40, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '16', undefined, null])(
    'refuses the length %p',
    async (length) => {
      await expect(keys.randomBytes(length as number)).rejects.toThrow(LimitError)
    },
  )

  it('never returns the same bytes twice', async () => {
    const drawn = await Promise.all(Array.from({ length: 1000 }, () => keys.randomBytes(16)))
    expect(new Set(drawn.map((one) => Buffer.from(one).toString('hex'))).size).toBe(1000)
  })

  it('returns bytes that share no memory with others', async () => {
    const [a, b] = [await keys.randomBytes(16), await keys.randomBytes(16)]
    expect(a.buffer).not.toBe(b.buffer)
    expect(a.buffer.byteLength).toBe(16)
  })

  it('returns every value of a byte', async () => {
    expect(new Set(await keys.randomBytes(65_536)).size).toBe(256)
  })
})
