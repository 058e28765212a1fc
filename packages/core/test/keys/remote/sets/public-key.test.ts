import { createPrivateKey } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { PublicKey } from '../../../../src/keys/remote/sets/public-key.ts'
import { ecPair, ed25519Pair, rsaPair } from '../../../support/foreign-issuer.ts'

const rsa = rsaPair()
const ec = ecPair()
const ed = ed25519Pair()
const p384 = ecPair('P-384')

function served(key: PublicKey): string[] {
  const all = 'HS256 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 Ed25519 EdDSA none'.split(' ')
  return all.filter((alg) => key.serves(alg))
}

describe('an accepted JWK', () => {
  it.each<[string, JWK, string]>([
    ['RSA without `alg`', rsa.publicJwk, 'RS256 RS384 RS512 PS256 PS384 PS512'],
    ['RSA for one algorithm', { ...rsa.publicJwk, alg: 'PS384' }, 'PS384'],
    ['P-256', ec.publicJwk, 'ES256'],
    ['P-384', p384.publicJwk, 'ES384'],
    ['P-521', ecPair('P-521').publicJwk, 'ES512'],
    ['Ed25519 without `alg`', ed.publicJwk, 'Ed25519 EdDSA'],
    ['Ed25519 by its name', { ...ed.publicJwk, alg: 'Ed25519' }, 'Ed25519 EdDSA'],
    ['Ed25519 by its alias', { ...ed.publicJwk, alg: 'EdDSA' }, 'Ed25519 EdDSA'],
  ])('supports the algorithms of its type and curve, or the one it names: %s', async (_, jwk, algorithms) => {
    expect(served(await PublicKey.admit(jwk)).join(' ')).toBe(algorithms)
  })

  it.each<[string, object]>([
    ['no kid', {}],
    ['a kid', { kid: 'a' }],
    ['an empty kid', { kid: '' }],
    ['use sig', { use: 'sig' }],
    ['key_ops with verify', { key_ops: ['verify'] }],
    ['key_ops with verify and more', { key_ops: ['sign', 'verify'] }],
    ['unknown members', { 'x-y': 1, x5c: ['MIIB'], x5t: 'a', ext: true, exp: 5 }],
  ])('may have %s', async (_, members) => {
    await expect(PublicKey.admit({ ...ec.publicJwk, ...members })).resolves.toBeInstanceOf(PublicKey)
  })

  it('may have empty members, as some serializers write them', async () => {
    const unset = { alg: null, use: '', key_ops: [], kid: null, d: null, dp: '', oth: [], x5c: [], x5t: null, k: null }
    const key = await PublicKey.admit({ ...rsa.publicJwk, ...unset })
    expect(key.jwk).toEqual({ ...rsa.publicJwk, use: 'sig' })
    expect([key.wasPrivate, key.kid, served(key).length]).toEqual([false, undefined, 6])
  })

  it.each<[string, object]>([
    ['alg', { alg: null }],
    ['alg', { alg: '' }],
    ['use', { use: null }],
    ['use', { use: '' }],
    ['use', { use: [] }],
    ['key_ops', { key_ops: null }],
    ['key_ops', { key_ops: [] }],
    ['kid', { kid: null }],
    ['kid', { kid: [] }],
    ['issuer', { issuer: null }],
  ])('may leave %s empty: %j', async (_, members) => {
    expect((await PublicKey.admit({ ...ec.publicJwk, ...members })).jwk).toEqual({
      ...ec.publicJwk,
      alg: 'ES256',
      use: 'sig',
    })
  })

  it('may be as long as OpenSSL allows', async () => {
    const n = Buffer.alloc(2048, 0xff).toString('base64url')
    await expect(PublicKey.admit({ ...rsa.publicJwk, n })).resolves.toBeInstanceOf(PublicKey)
  })

  it.each<[string, JWK]>([
    ['RSA', rsa.privateJwk],
    ['EC', ec.privateJwk],
    ['OKP', ed.privateJwk],
  ])('is reduced to its public part if it is private: %s', async (_, jwk) => {
    const key = await PublicKey.admit({ ...jwk, kid: 'a', x5c: ['MIIB'] })
    expect(Object.keys(key.jwk)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(d|p|q|dp|dq|qi|oth|k|x5c)$/)]),
    )
    const alg = served(key)[0] as string
    const cryptoKey = await key.cryptoKey(alg)
    expect([cryptoKey.type, cryptoKey.usages]).toEqual(['public', ['verify']])
  })

  it('has its RFC 7638 thumbprint, whether public or private', async () => {
    const thumbprint = await calculateJwkThumbprint(rsa.publicJwk)
    expect((await PublicKey.admit({ ...rsa.publicJwk, kid: 'a', alg: 'RS256' })).thumbprint).toBe(thumbprint)
    expect((await PublicKey.admit(rsa.privateJwk)).thumbprint).toBe(thumbprint)
  })

  it('is published with `kid`, `use` and its only algorithm', async () => {
    expect((await PublicKey.admit({ ...ec.publicJwk, kid: 'a' })).jwk).toEqual({
      ...ec.publicJwk,
      kid: 'a',
      alg: 'ES256',
      use: 'sig',
    })
    expect((await PublicKey.admit(rsa.publicJwk)).jwk).toEqual({ ...rsa.publicJwk, use: 'sig' })
  })

  it('is imported once for each algorithm, and each import supports only that algorithm', async () => {
    const key = await PublicKey.admit(rsa.publicJwk)
    expect(await key.cryptoKey('RS256')).toBe(await key.cryptoKey('RS256'))
    expect((await key.cryptoKey('RS256')).algorithm).toMatchObject({
      name: 'RSASSA-PKCS1-v1_5',
      hash: { name: 'SHA-256' },
    })
    expect((await key.cryptoKey('PS512')).algorithm).toMatchObject({ name: 'RSA-PSS', hash: { name: 'SHA-512' } })
  })

  it('is immutable', async () => {
    expect(Object.isFrozen((await PublicKey.admit(ec.publicJwk)).jwk)).toBe(true)
  })
})

describe('a JWK is skipped', () => {
  const octets = (length: number, first = 0xff): string => {
    return Buffer.concat([Buffer.from([first]), Buffer.alloc(length - 1, 0xff)]).toString('base64url')
  }
  const zeroPadded = Buffer.concat([Buffer.alloc(128), Buffer.from(rsaPair(1024).publicJwk.n as string, 'base64url')])

  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a string', 'a'],
    ['a number', 5],
    ['an array', [ec.publicJwk]],
    ['an empty object', {}],
    ['an unsupported type', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }],
    ['a type that is not a string', { ...ec.publicJwk, kty: ['EC'] }],
    ['a type in another case', { ...ec.publicJwk, kty: 'ec' }],
    ['a type that is a property of every object', { kty: 'constructor' }],
    ['a symmetric key', { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') }],
    ['a symmetric key that names an algorithm', { kty: 'oct', alg: 'HS256', k: 'AAAA' }],
    ['an unknown curve', { ...ec.publicJwk, crv: 'secp256k1' }],
    ['a curve for key agreement', { ...ed.publicJwk, crv: 'X25519' }],
    ['no curve', { ...ec.publicJwk, crv: undefined }],
    ['use enc', { ...rsa.publicJwk, use: 'enc' }],
    ['an unknown use', { ...rsa.publicJwk, use: 'tls' }],
    ['a use in another case', { ...rsa.publicJwk, use: 'SIG' }],
    ['key_ops without verify', { ...rsa.publicJwk, key_ops: ['encrypt', 'wrapKey'] }],
    ['key_ops that are not an array', { ...rsa.publicJwk, key_ops: 'encrypt' }],
    ['an algorithm of another type', { ...rsa.publicJwk, alg: 'ES256' }],
    ['an algorithm of another curve', { ...ec.publicJwk, alg: 'ES384' }],
    ['an algorithm that encrypts', { ...rsa.publicJwk, alg: 'RSA-OAEP-256' }],
    ['a symmetric algorithm', { ...rsa.publicJwk, alg: 'HS256' }],
    ['the algorithm none', { ...rsa.publicJwk, alg: 'none' }],
    ['an algorithm that is not a string', { ...rsa.publicJwk, alg: ['RS256'] }],
    ['a kid that is a number', { ...ec.publicJwk, kid: 5 }],
    ['a kid that is an array', { ...ec.publicJwk, kid: ['a'] }],
    ['RSA of 1024 bits', rsaPair(1024).publicJwk],
    ['RSA of 2047 bits', rsaPair(2047).publicJwk],
    ['RSA of 1024 bits after leading zeros', { ...rsa.publicJwk, n: zeroPadded.toString('base64url') }],
    ['RSA of 16400 bits', { ...rsa.publicJwk, n: octets(2050) }],
    ['RSA of 16385 bits', { ...rsa.publicJwk, n: octets(2049, 1) }],
    ['RSA with an exponent of 16400 bits', { ...rsa.publicJwk, e: octets(2050) }],
    ['RSA without a modulus', { ...rsa.publicJwk, n: undefined }],
    ['RSA with an empty exponent', { ...rsa.publicJwk, e: '' }],
    ['EC without a coordinate', { ...ec.publicJwk, y: undefined }],
    ['EC with a coordinate that is a number', { ...ec.publicJwk, y: 5 }],
    ['EC with a point off the curve', { ...ec.publicJwk, y: ec.publicJwk.x }],
    ['EC with a point of another curve', { ...ec.publicJwk, x: p384.publicJwk.x, y: p384.publicJwk.y }],
    ['Ed25519 with too few octets', { ...ed.publicJwk, x: 'AAAA' }],
  ])('if it is %s, and leaves no error in OpenSSL', async (_, jwk) => {
    await expect(PublicKey.admit(jwk)).rejects.toMatchObject({ message: expect.any(String) })
    // OpenSSL keeps errors, and the next call would report them.
    expect(() => createPrivateKey(ec.privatePem)).not.toThrow()
  })
})

describe('the reason for skipping a JWK', () => {
  it.each<[string, object]>([
    ['`use` is enc, and not sig', { use: 'enc' }],
    ['`use` is of the type number, and not sig', { use: 5 }],
    ['`key_ops` does not include verify', { key_ops: ['encrypt'] }],
    ['`alg` is ES384, which does not fit `kty` and `crv`', { alg: 'ES384' }],
    ['`alg` is of the type object, which does not fit `kty` and `crv`', { alg: ['ES256'] }],
    ['`kid` is not a string', { kid: 5 }],
    ['`issuer` is not a string', { issuer: 5 }],
    ['`x` is missing', { x: null }],
    ['`x` is missing', { x: '' }],
    ['`x` is not a string', { x: 5 }],
    ['a symmetric key has no place in a JWKS', { kty: 'oct', k: 'AAAA' }],
    [`\`use\` is ${'?'.repeat(40)}…, and not sig`, { use: '\n'.repeat(1000) }],
  ])('is that %s', async (reason, members) => {
    await expect(PublicKey.admit({ ...ec.publicJwk, ...members })).rejects.toThrow(new Error(reason))
  })
})
