import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { fromDer, toDer } from '../../src/platform/node/ecdsa-signature.ts'
import { ecPair } from '../support/foreign-issuer.ts'

/** Creates R or S of the given length in hex: the beginning, filled up with the rest. */
function octets(length: number, beginning: string, rest = '11'): string {
  return beginning + rest.repeat(length - beginning.length / 2)
}

describe('the DER form of an ECDSA signature (RFC 3279 §2.2.3)', () => {
  it.each([
    ['contains two ordinary integers', octets(32, ''), `3044${`0220${octets(32, '')}`.repeat(2)}`],
    [
      'adds a zero to integers whose first bit is set',
      octets(32, '80'),
      `3046${`022100${octets(32, '80')}`.repeat(2)}`,
    ],
    ['drops leading zeros of integers', octets(32, '00'), `3042${`021f${octets(31, '')}`.repeat(2)}`],
    [
      'keeps one zero of integers with zeros before a set bit',
      octets(32, '0000ff'),
      `3042${`021f00${octets(30, 'ff')}`.repeat(2)}`,
    ],
    ['contains integers that are one', octets(32, '', '00').slice(2) + '01', `3006${'020101'.repeat(2)}`],
    ['contains integers that are zero', octets(32, '', '00'), `3006${'020100'.repeat(2)}`],
  ])('%s, and back', (_, integer, der) => {
    expect(toDer(Buffer.from(integer.repeat(2), 'hex'), 'P-256')?.toString('hex')).toBe(der)
    expect(fromDer(Buffer.from(der, 'hex'), 'P-256').toString('hex')).toBe(integer.repeat(2))
  })

  it('has a two-octet length if it is long', () => {
    const integer = octets(66, '01')
    const der = `308188${`0242${integer}`.repeat(2)}`
    expect(toDer(Buffer.from(integer.repeat(2), 'hex'), 'P-521')?.toString('hex')).toBe(der)
    expect(fromDer(Buffer.from(der, 'hex'), 'P-521').toString('hex')).toBe(integer.repeat(2))
  })

  it.each([
    ['P-256', 63],
    ['P-256', 65],
    ['P-256', 0],
    ['P-256', 96],
    ['P-384', 64],
    ['P-384', 95],
    ['P-521', 131],
    ['P-521', 128],
    ['secp256k1', 63],
    ['secp256r1', 64],
    ['', 64],
    ['toString', 64],
  ])('is undefined for the curve %p and %i octets', (curve, length) => {
    expect(toDer(Buffer.alloc(length, 1), curve)).toBeUndefined()
  })

  it.each([
    ['P-256', 'sha256', 600],
    ['P-384', 'sha384', 100],
    ['P-521', 'sha512', 100],
    ['secp256k1', 'sha256', 300],
  ])('verifies with node:crypto: %s', (curve, hash, count) => {
    const { privatePem } = ecPair(curve)
    const privateKey = createPrivateKey(privatePem)
    const publicKey = createPublicKey(privatePem)
    for (let number = 0; number < count; number += 1) {
      const input = Buffer.from(String(number))
      const signature = sign(hash, input, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      const der = toDer(signature, curve) ?? Buffer.alloc(0)
      if (!verify(hash, input, publicKey, der))
        throw new Error(`${signature.toString('hex')} became ${der.toString('hex')}`)
      const madeAsDer = sign(hash, input, privateKey)
      const joseForm = fromDer(madeAsDer, curve)
      if (!verify(hash, input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, joseForm))
        throw new Error(`${madeAsDer.toString('hex')} became ${joseForm.toString('hex')}`)
    }
  })
})
