import * as crypto from 'node:crypto'
import { BlockList as NodeBlockList } from 'node:net'
import { isDeepStrictEqual as nodeIsDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { algorithmsNamed } from '../../src/algorithms.ts'
import * as node from '../../src/platform/node/index.ts'
import * as web from '../../src/platform/web/index.ts'
import { sha256 } from '../../src/platform/web/sha256.ts'

const octets = fc.uint8Array({ maxLength: 300 })
const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) })
const nearBase64 = fc.string({ unit: fc.constantFrom(...'ABCxyz019+/-_= \n!é'.split('')) })

test('both platforms have the same names', () => {
  expect(Object.keys(web).toSorted()).toEqual(Object.keys(node).toSorted())
})

describe('SHA-256', () => {
  // FIPS 180-2, appendix B.
  test.each([
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('of %.8s… is that of the standard', (text, expected) => {
    expect(Buffer.from(sha256(Buffer.from(text))).toString('hex')).toBe(expected)
  })

  test('is that of Node for every length up to three blocks', () => {
    for (let length = 0; length <= 192; length += 1) {
      const content = crypto.randomBytes(length)
      expect(Buffer.from(sha256(content))).toEqual(crypto.createHash('sha256').update(content).digest())
    }
  })
})

test.each(['base64url', 'binary'] as const)('a digest in %s is that of Node', (encoding) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(web.hash('sha256', text, encoding)).toBe(crypto.hash('sha256', text, encoding as 'base64url'))
    }),
  )
})

test('MACs and derived keys are those of Node', () => {
  fc.assert(
    fc.property(octets, octets, (key, content) => {
      const mac = crypto.createHmac('sha256', key).update(content).digest('base64url')
      expect(web.createHmac('sha256', key).update(content).digest('base64url')).toBe(mac)
      const derived = Buffer.from(crypto.hkdfSync('sha256', key, '', content, 32))
      expect(Buffer.from(web.hkdfSync('sha256', key, '', content, 32))).toEqual(derived)
    }),
  )
})

test('a comparison finds every difference', () => {
  expect(web.timingSafeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  expect(web.timingSafeEqual(Uint8Array.of(1, 2), Uint8Array.of(3, 2))).toBe(false)
  expect(web.timingSafeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(() => web.timingSafeEqual(Uint8Array.of(1), Uint8Array.of(1, 2))).toThrow(RangeError)
})

describe('octets', () => {
  test.each(['utf8', 'latin1', 'base64', 'base64url', 'hex'] as const)('are written in %s as by Node', (encoding) => {
    fc.assert(
      fc.property(octets, fc.nat(300), (content, start) => {
        const expected = Buffer.from(content).toString(encoding, start)
        expect(web.Buffer.from(content).toString(encoding, start)).toBe(expected)
      }),
    )
  })

  test.each([
    ['utf8', fc.string({ unit: 'binary' })],
    ['latin1', latin1],
    ['base64', nearBase64],
    ['base64url', nearBase64],
    ['base64url', latin1],
  ] as const)('are read from %s as by Node', (encoding, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const expected = Buffer.from(text, encoding)
        expect(Buffer.from(web.Buffer.from(text, encoding))).toEqual(expected)
        expect(web.Buffer.byteLength(text)).toBe(Buffer.byteLength(text))
      }),
    )
  })

  test('are searched, compared and joined as by Node', () => {
    const sequences = fc.uint8Array({ maxLength: 2 })
    fc.assert(
      fc.property(octets, sequences, octets, (content, sequence, other) => {
        const [mine, nodes] = [web.Buffer.from(content), Buffer.from(content)]
        expect(mine.includes(web.Buffer.from(sequence))).toBe(nodes.includes(Buffer.from(sequence)))
        expect(mine.includes(web.Buffer.from(content.subarray(1)))).toBe(true)
        expect(mine.includes(0x5c)).toBe(nodes.includes(0x5c))
        expect(mine.equals(other)).toBe(nodes.equals(other))
        expect(Buffer.from(web.Buffer.concat([content, other]))).toEqual(Buffer.concat([content, other]))
        expect(web.isUtf8(content)).toBe(node.isUtf8(content))
      }),
    )
  })
})

test.each([
  ['RS256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
  ['RS256', { name: 'RSA-PSS', hash: 'SHA-256' }],
  ['PS384', { name: 'RSA-PSS', hash: 'SHA-256' }],
  ['ES256', { name: 'Ed25519' }],
])('a %s signature is not that of a key for %j', async (alg, parameters) => {
  const [row] = algorithmsNamed(alg)
  if (row === undefined) throw new Error(`${alg} is unknown`)
  const ofRsa = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
  const { privateKey, publicKey } = (await crypto.webcrypto.subtle.generateKey({ ...ofRsa, ...parameters }, true, [
    'sign',
    'verify',
  ])) as crypto.webcrypto.CryptoKeyPair
  const signingInput = Buffer.from('e30.e30')
  const made = await crypto.webcrypto.subtle.sign({ ...parameters, saltLength: 32 }, privateKey, signingInput)
  expect(await web.isSignatureOf({ signingInput, signature: Buffer.from(made) }, row, publicKey)).toBe(false)
})

test('values are compared as by Node', () => {
  const odd: readonly unknown[] = [undefined, Number.NaN, -0, 0, [], {}, [undefined], { a: undefined }]
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...odd))
  const pair = fc.oneof(fc.tuple(value, value), fc.clone(value, 2))
  fc.assert(
    fc.property(pair, ([one, other]) => {
      expect(web.isDeepStrictEqual(one, other)).toBe(nodeIsDeepStrictEqual(one, other))
    }),
  )
})

test('blocks of addresses contain the same addresses as in Node', () => {
  const ipv4 = fc.ipV4()
  const ipv6 = fc.ipV6().map((address) => new URL(`http://[${address}]`).hostname.slice(1, -1))
  const address = fc.oneof(
    ipv4.map((text) => [text, 'ipv4'] as const),
    ipv6.map((text) => [text, 'ipv6'] as const),
    ipv4.map((text) => [`::ffff:${text}`, 'ipv6'] as const),
  )
  fc.assert(
    fc.property(address, fc.nat(24), address, ([network, family], bits, [asked, askedFamily]) => {
      const prefix = (family === 'ipv4' ? 32 : 128) - bits
      const lists = [new web.BlockList(), new NodeBlockList()]
      for (const list of lists) list.addSubnet(network, prefix, family)
      const answers = [[network, family] as const, [asked, askedFamily] as const].map(([text, kind]) =>
        lists.map((list) => list.check(text, kind)),
      )
      for (const [mine, nodes] of answers) expect(mine).toBe(nodes)
    }),
  )
})

test('warnings go to the console', () => {
  const warned: unknown[] = []
  const { warn } = console
  console.warn = (...words) => void warned.push(...words)
  try {
    web.emitWarning('a key is old', 'BearerKitWarning')
  } finally {
    console.warn = warn
  }
  expect(warned).toEqual(['BearerKitWarning: a key is old'])
})

test('a pause ends with its value, or early with the reason of its signal', async () => {
  await expect(web.pause(1, 'value')).resolves.toBe('value')
  const reason = new Error('closed')
  await expect(web.pause(60_000, true, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const controller = new AbortController()
  const pausing = web.pause(60_000, true, { signal: controller.signal })
  controller.abort(reason)
  await expect(pausing).rejects.toBe(reason)
})

describe.each([
  ['Node', node.EventEmitter],
  ['the web', web.EventEmitter],
])('an emitter of %s', (_platform, Emitter) => {
  test('calls listeners in their order, and those of `once` once', () => {
    const emitter = new Emitter()
    const heard: string[] = []
    const removed = (): void => void heard.push('removed')
    emitter
      .on('change', (what: string) => heard.push(`on ${what}`))
      .once('change', (what: string) => heard.push(`once ${what}`))
    emitter.on('change', removed).once('change', removed)
    emitter.off('change', removed).off('change', removed)
    expect([emitter.emit('change', 1), emitter.emit('change', 2), emitter.emit('other')]).toEqual([true, true, false])
    expect(heard).toEqual(['on 1', 'once 1', 'on 2'])
    expect(emitter.listenerCount('change')).toBe(1)
    emitter.removeAllListeners()
    expect(emitter.emit('change', 3)).toBe(false)
  })

  test('shows the listeners as given, and raw ones as they are called', () => {
    const emitter = new Emitter()
    const listener = (): undefined => undefined
    emitter.once('change', listener)
    expect(emitter.listeners('change')).toEqual([listener])
    expect(emitter.rawListeners('change')).not.toEqual([listener])
    emitter.rawListeners('change')[0]?.()
    expect(emitter.listenerCount('change')).toBe(0)
  })
})
