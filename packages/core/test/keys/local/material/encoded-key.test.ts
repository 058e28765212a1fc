import { createSecretKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import * as fc from 'fast-check'
import { InvalidKeyError } from '../../../../src/errors.ts'
import { encodingOfKey } from '../../../../src/keys/local/material/encoded-key.ts'
import { LocalKeyProvider } from '../../../../src/keys/local/local-key-provider.ts'
import type { ImportableKey } from '../../../../src/keys/local/material/read-key.ts'
import { certificatePem, octJwk, pairOf } from './materials.ts'

const pairs = (['RSA', 'P-256', 'P-384', 'P-521', 'Ed25519'] as const).map((name) => [name, pairOf(name)] as const)
const rsa = pairOf('RSA')

function der(key: KeyObject, type: 'spki' | 'pkcs1' = 'spki'): Buffer {
  return key.export({ type, format: 'der' })
}

function base64Of(pem: string): string {
  return pem.replaceAll(/-----[^-]+-----|\s/g, '')
}

/** An OpenSSH public key: RFC 4253 §6.6. */
function openSsh(type: string, ...fields: Buffer[]): string {
  const lengthOf = (field: Buffer): Buffer => Buffer.from([0, 0, field.length >> 8, field.length & 0xff])
  const blob = Buffer.concat([Buffer.from(type), ...fields].flatMap((field) => [lengthOf(field), field]))
  return `${type} ${blob.toString('base64')} someone@example.com\n`
}

const published: [string, Uint8Array][] = [
  ...pairs.flatMap(([name, { publicPem, publicKey, publicJwk }]): [string, Uint8Array][] => [
    [`${name} as PEM`, Buffer.from(publicPem)],
    [`${name} as PEM in CRLF lines`, Buffer.from(publicPem.replaceAll('\n', '\r\n'))],
    [`${name} as PEM behind a comment`, Buffer.from(`Bag Attributes\n  friendlyName: key\n${publicPem}`)],
    [`${name} as PEM behind a byte order mark`, Buffer.from(`\uFEFF${publicPem}`)],
    [`${name} as DER`, der(publicKey)],
    [`${name} as the base64 that PEM has between its lines`, Buffer.from(base64Of(publicPem))],
    [`${name} as base64url of its DER`, Buffer.from(der(publicKey).toString('base64url'))],
    [`${name} as base64 in lines`, Buffer.from(publicPem.replaceAll(/-----[^-]+-----/g, ''))],
    [`${name} as base64 of its PEM`, Buffer.from(Buffer.from(publicPem).toString('base64'))],
    [`${name} as the text of its JWK`, Buffer.from(JSON.stringify(publicJwk))],
    [`${name} as the text of its JWK, indented`, Buffer.from(`\n${JSON.stringify(publicJwk, undefined, 2)}\n`)],
    [`${name} as base64url of its JWK`, Buffer.from(Buffer.from(JSON.stringify(publicJwk)).toString('base64url'))],
    [`${name} as the text of a JWKS`, Buffer.from(JSON.stringify({ keys: [{ ...publicJwk, kid: 'a' }] }))],
  ]),
  ['RSA as PKCS#1 in PEM', Buffer.from(rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }))],
  ['RSA as PKCS#1 in DER', der(rsa.publicKey, 'pkcs1')],
  ['RSA as PKCS#1 in base64', Buffer.from(der(rsa.publicKey, 'pkcs1').toString('base64'))],
  ['a certificate as PEM', Buffer.from(certificatePem)],
  ['a certificate as DER', Buffer.from(base64Of(certificatePem), 'base64')],
  ['a certificate as a member of `x5c`', Buffer.from(base64Of(certificatePem))],
  ['an OpenSSH key', Buffer.from(openSsh('ssh-ed25519', randomBytes(32)))],
  ['an OpenSSH ECDSA key', Buffer.from(openSsh('ecdsa-sha2-nistp256', Buffer.from('nistp256'), randomBytes(65)))],
]

/** Every form in which `importKey` accepts the bytes of a secret. */
const forms: Readonly<Record<string, (bytes: Uint8Array) => ImportableKey | Promise<ImportableKey>>> = {
  bytes: (bytes) => bytes,
  'an oct JWK': (bytes) => octJwk(bytes),
  'a secret KeyObject': (bytes) => createSecretKey(bytes),
  'an extractable CryptoKey': (bytes) => hmacKey(bytes, true),
  'a non-extractable CryptoKey': (bytes) => hmacKey(bytes, false),
}

function hmacKey(bytes: Uint8Array, extractable: boolean): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, extractable, ['sign', 'verify'])
}

describe.each(Object.entries(forms))('a public key is refused as the secret of a MAC, given as %s:', (_, formOf) => {
  it.each(published)('%s', async (__, bytes) => {
    const keys = new LocalKeyProvider()
    const refused = keys.importKey({ alg: 'HS256', kid: 'k' }, await formOf(bytes))
    await expect(refused).rejects.toThrow(InvalidKeyError)
    await expect(refused).rejects.toThrow(/^material: the bytes are .*(PEM|DER|JWK|OpenSSH)/)
    expect(keys.has('k')).toBe(false)
  })
})

describe('bytes that are not a key pair are accepted as a secret', () => {
  it.each<[string, Uint8Array]>([
    ['text', Buffer.from('a secret of the service, which is long enough for sure')],
    ['text in base64', Buffer.from(randomBytes(64).toString('base64'))],
    ['text in hexadecimal', Buffer.from(randomBytes(64).toString('hex'))],
    ['JSON that is not a key', Buffer.from('{"secret":"which is long enough for anybody, I am sure"}')],
    ['text that starts like JSON', Buffer.from('{secret which is long enough for anybody, I am sure')],
    ['zeros', new Uint8Array(64)],
    ['bytes that start like DER', Buffer.concat([Buffer.from([0x30, 0x3e]), randomBytes(62)])],
    ['bytes of an indefinite length', Buffer.concat([Buffer.from([0x30, 0x80]), randomBytes(62)])],
    ['bytes with a truncated length', Buffer.from([0x30, 0x84, 0xff])],
    ['a length of too many octets', Buffer.from([0x30, 0xff, ...randomBytes(62)])],
  ])('%s', (_, bytes) => {
    expect(encodingOfKey(bytes)).toBeUndefined()
  })

  it('any random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 128 }), (bytes) => {
        expect(encodingOfKey(bytes)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })
})
