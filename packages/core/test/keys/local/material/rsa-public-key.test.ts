import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { rsaParametersOf } from '../../../../src/keys/local/material/rsa-public-key.ts'

/** A key with the given number of bits and no private half: it only has to be readable. */
function keyOf(bits: number, e: string): KeyObject {
  const octets = randomBytes(Math.ceil(bits / 8))
  const highest = 1 << ((bits - 1) % 8)
  octets[0] = highest | ((octets[0] ?? 0) & (highest - 1))
  return createPublicKey({ key: { kty: 'RSA', n: octets.toString('base64url'), e }, format: 'jwk' })
}

const exponents = {
  three: 'Aw',
  'that of everybody': 'AQAB',
  'a long one': Buffer.alloc(40, 0xff).toString('base64url'),
}

describe.each(Object.entries(exponents))('the parameters of an RSA key with an exponent, %s,', (_, e) => {
  // Around the lengths at which their DER encoding changes.
  it.each([512, 900, 1000, 1016, 1017, 1023, 1024, 1025, 2039, 2040, 2041, 2047, 2048, 2049, 4096, 16_384])(
    'are what the platform reads, for a modulus of %d bits',
    (bits) => {
      const key = keyOf(bits, e)
      const { modulusLength, publicExponent, modulus } = rsaParametersOf(key)
      expect({ modulusLength, publicExponent }).toEqual(key.asymmetricKeyDetails)
      expect(modulusLength).toBe(bits)
      const { n } = key.export({ format: 'jwk' })
      expect(modulus).toBe(BigInt(`0x${Buffer.from(n ?? '', 'base64url').toString('hex')}`))
    },
  )
})
