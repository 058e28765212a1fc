import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from './support/folders.ts'
import { bearerkit, bearerkitJson } from './support/terminal.ts'

interface Generated {
  readonly kid: string
  readonly alg: string
  readonly secretKey: JsonWebKey & { kid: string; alg: string; use: string }
  readonly publicKey: JsonWebKey | undefined
}

test.each(['ES256', 'ES384', 'RS256', 'EdDSA', 'Ed25519'])('makes a key pair for %s', async (alg) => {
  const { code, json } = await bearerkitJson<Generated>(['keygen', '--alg', alg])
  const { secretKey, publicKey, kid } = json
  expect({ code, alg: secretKey.alg, use: secretKey.use, kid: secretKey.kid }).toEqual({
    code: 0,
    alg,
    use: 'sig',
    kid,
  })
  const derived = createPublicKey(createPrivateKey({ key: secretKey, format: 'jwk' })).export({ format: 'jwk' })
  expect(publicKey).toEqual({ ...derived, kid, alg, use: 'sig' })
})

test.each(['HS256', 'A256GCM'])('makes a secret for %s, which has no public key', async (alg) => {
  const { json } = await bearerkitJson<Generated>(['keygen', '--alg', alg])
  expect(json.secretKey).toMatchObject({ kty: 'oct', alg })
  expect(Buffer.from(String(json.secretKey.k), 'base64url')).toHaveLength(32)
  expect(json.publicKey).toBeUndefined()
})

test('names the key by its thumbprint, or as it is told', async () => {
  const [one, other] = await Promise.all([
    bearerkitJson<Generated>(['keygen', '--alg', 'ES256']),
    bearerkitJson<Generated>(['keygen', '--alg', 'ES256', '--kid', 'orders.7']),
  ])
  expect([one.json.kid.length, other.json.secretKey.kid]).toEqual([43, 'orders.7'])
})

test('prints the private JWK, and nothing else', async () => {
  const { stdout, stderr } = await bearerkit(['keygen', '--alg', 'ES256'])
  expect(Object.keys(JSON.parse(stdout) as object)).toEqual(
    expect.arrayContaining(['kty', 'd', 'x', 'y', 'kid', 'alg']),
  )
  expect(stderr).toBe('')
})

test('prints PEM', async () => {
  const { stdout } = await bearerkit(['keygen', '--alg', 'ES256', '--format', 'pem'])
  expect(createPrivateKey(stdout).asymmetricKeyType).toBe('ec')
})

test('makes a key of the size that it is told', async () => {
  const { json } = await bearerkitJson<Generated>(['keygen', '--alg', 'HS256', '--size', '512'])
  expect(Buffer.from(String(json.secretKey.k), 'base64url')).toHaveLength(64)
})

describe('with --out', () => {
  const folder = temporaryFolder()

  test('writes the private key for its owner alone, and prints the public key', async () => {
    const file = join(folder(), 'key.json')
    const { code, stdout } = await bearerkit(['keygen', '--alg', 'ES256', '--out', file])
    const secret = JSON.parse(await readFile(file, 'utf8')) as { d: string; x: string }
    expect([code, (await stat(file)).mode & 0o777]).toEqual([0, 0o600])
    expect(JSON.parse(stdout)).toMatchObject({ x: secret.x, use: 'sig' })
    expect(stdout).not.toContain(secret.d)
  })

  test('does not overwrite a file', async () => {
    const file = join(folder(), 'there.pem')
    await writeFile(file, 'the only copy')
    const { code, stderr } = await bearerkit(['keygen', '--alg', 'ES256', '--format', 'pem', '--out', file])
    expect([code, stderr]).toEqual([2, expect.stringContaining('exists already')])
    expect(await readFile(file, 'utf8')).toBe('the only copy')
  })
})

test.each([
  ['an unknown algorithm', ['--alg', 'ES257'], 'ES257'],
  ['an RSA key that is too short', ['--alg', 'RS256', '--size', '1024'], '2048'],
  ['a size that is no number', ['--alg', 'RS256', '--size', 'big'], 'It must be a number of bits'],
  ['a curve that does not fit', ['--alg', 'ES256', '--curve', 'P-384'], 'ES256 runs on P-256'],
  ['PEM of a secret', ['--alg', 'HS256', '--format', 'pem'], 'a symmetric key has no PEM'],
  ['a store and a file at once', ['--alg', 'ES256', '--store', 'a', '--out', 'b'], 'exclude each other'],
  ['a store without a kid', ['--alg', 'ES256', '--store', 'a'], 'needs --kid'],
  ['a prefix for a folder', ['--alg', 'ES256', '--kid', 'a', '--store', 'a', '--prefix', 'b:'], '--prefix is for'],
  ['a store that is neither', ['--alg', 'ES256', '--kid', 'a', '--store', 'postgres://db'], 'must be a folder'],
])('refuses %s', async (_, args, message) => {
  const { code, stdout, stderr } = await bearerkit(['keygen', ...args])
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
})
