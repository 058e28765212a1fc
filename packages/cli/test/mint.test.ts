import { createPublicKey } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileStore, LocalKeyProvider, StoredKeyProvider, TokenVerifier } from '@bearerkit/core'
import { temporaryFolder } from './support/folders.ts'
import { bearerkit, bearerkitJson } from './support/terminal.ts'

const folder = temporaryFolder()
const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const common = ['--issuer', issuer, '--audience', audience]
const { env } = process

afterEach(() => {
  process.env = env
})

let files = 0

/** A key in a file, as keygen writes it. */
async function keyFile(...options: readonly string[]): Promise<string> {
  const file = join(folder(), `key-${(files += 1)}`)
  expect(await bearerkit(['keygen', ...options, '--out', file])).toMatchObject({ code: 0 })
  return file
}

/** Verifies a token with the key in a file, under the name that the token has for it. */
async function claimsOf(token: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  const { alg, kid } = headerOf(token)
  const text = await readFile(file, 'utf8')
  const keys = new LocalKeyProvider()
  const secret = text.startsWith('{') ? ({ key: JSON.parse(text), format: 'jwk' } as never) : text
  await keys.importKey({ alg, publishedKid: kid }, createPublicKey(secret))
  const verifier = new TokenVerifier({ keys, issuer, audience, profile: 'rfc9068' })
  return (await verifier.verify(token)).claims
}

function headerOf(token: string): { alg: string; kid: string; typ: string } {
  return JSON.parse(Buffer.from(String(token.split('.')[0]), 'base64url').toString()) as never
}

test.each([
  ['a JWK', ['--alg', 'ES256'], 'ES256'],
  ['a JWK for EdDSA', ['--alg', 'EdDSA'], 'EdDSA'],
  ['PEM of an EC key', ['--alg', 'ES384', '--format', 'pem'], 'ES384'],
  ['PEM of an RSA key', ['--alg', 'PS256', '--format', 'pem'], 'RS256'],
  ['PEM of an Ed25519 key', ['--alg', 'EdDSA', '--format', 'pem'], 'EdDSA'],
])('signs with %s', async (_, options, alg) => {
  const file = await keyFile(...options)
  const { code, stdout } = await bearerkit(['mint', '--key', file, ...common])
  expect([code, headerOf(stdout.trim()).alg]).toEqual([0, alg])
  expect(await claimsOf(stdout.trim(), file)).toMatchObject({ iss: issuer, aud: audience, sub: 'user-1' })
})

test('signs with the key on standard input', async () => {
  const input = await readFile(await keyFile('--alg', 'ES256', '--kid', 'mine'), 'utf8')
  const { json } = await bearerkitJson<{ token: string }>(['mint', '--key', '-', ...common], { input })
  expect(headerOf(json.token)).toEqual({ alg: 'ES256', kid: 'mine', typ: 'at+jwt' })
})

test('writes the claims, the lifetime and the header that it is told', async () => {
  const file = await keyFile('--alg', 'ES256')
  const claims = JSON.stringify({ sub: 'user-2', scope: 'reports:read', roles: ['admin'] })
  const options = ['--claims', claims, '--expires-in', '1m', '--typ', 'JWT', '--kid', 'other', '--alg', 'ES256']
  const { stdout } = await bearerkit(['mint', '--key', file, ...common, ...options, '--audience', 'second'])
  const payload = JSON.parse(Buffer.from(String(stdout.split('.')[1]), 'base64url').toString()) as Record<
    string,
    number
  >
  expect(headerOf(stdout)).toEqual({ alg: 'ES256', kid: 'other', typ: 'JWT' })
  expect(payload).toMatchObject({ sub: 'user-2', scope: 'reports:read', roles: ['admin'], aud: [audience, 'second'] })
  expect(Number(payload['exp']) - Number(payload['iat'])).toBe(60)
})

test('takes the audience from the claims', async () => {
  const file = await keyFile('--alg', 'ES256')
  const claims = JSON.stringify({ aud: audience })
  const { stdout } = await bearerkit(['mint', '--key', file, '--issuer', issuer, '--claims', claims])
  expect(await claimsOf(stdout.trim(), file)).toMatchObject({ aud: audience })
})

test('refuses a token without an audience', async () => {
  const { code, stderr } = await bearerkit(['mint', '--key', await keyFile('--alg', 'ES256'), '--issuer', issuer])
  expect([code, stderr]).toEqual([2, expect.stringContaining('--audience')])
})

test('signs with a key of a store, so that the service accepts the token', async () => {
  process.env = { ...env, BEARERKIT_ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64url') }
  const store = join(folder(), 'store')
  await bearerkit(['keygen', '--alg', 'ES256', '--kid', 'orders', '--store', store])
  const { stdout } = await bearerkit(['mint', '--store', store, '--kid', 'orders', ...common])
  const keys = await StoredKeyProvider.open({ store: fileStore(store) })
  const verified = await new TokenVerifier({ keys, issuer, audience }).verify(stdout.trim())
  expect(verified.header.kid).toBe('orders.1')
  await keys.close()
})

test.each([
  ['no key', [], 2, 'either --key or --store'],
  ['two keys', ['--key', 'a', '--store', 'b'], 2, 'either --key or --store'],
  ['a file that does not exist', ['--key', '/nonexistent/key'], 2, 'the key cannot be read: ENOENT'],
  ['claims that are no JSON', ['--key', 'KEY', '--claims', '{sub}'], 2, '--claims must be a JSON object'],
  ['claims that are a list', ['--key', 'KEY', '--claims', '[]'], 2, '--claims must be a JSON object'],
  ['a claim that the issuer sets', ['--key', 'KEY', '--claims', '{"exp":1}'], 2, 'claim `exp`'],
  ['another issuer in the claims', ['--key', 'KEY', '--claims', '{"iss":"x"}'], 2, 'claim `iss`'],
  ['no duration', ['--key', 'KEY', '--expires-in', 'soon'], 2, 'expiresIn'],
  ['an algorithm of another key', ['--key', 'KEY', '--alg', 'RS256'], 2, 'RS256 runs on no curve'],
])('refuses %s', async (_, args, expected, message) => {
  const file = await keyFile('--alg', 'ES256')
  const given = args.map((arg) => (arg === 'KEY' ? file : arg))
  const { code, stdout, stderr } = await bearerkit(['mint', ...given, ...common])
  expect([code, stdout, stderr]).toEqual([expected, '', expect.stringContaining(message)])
})

test.each([
  ['a damaged JWK', '{"kty":"EC","d":"s3cret"'],
  ['a JWK of no type', '{"kty":"XX","d":"s3cret"}'],
  ['a damaged PEM', '-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----'],
  ['something else', 's3cret'],
])('does not quote %s that it cannot read', async (_, text) => {
  const file = join(folder(), `damaged-${(files += 1)}`)
  await writeFile(file, text)
  for (const args of [[], ['--json'], ['--alg', 'ES256']]) {
    const { code, stdout, stderr } = await bearerkit(['mint', '--key', file, ...common, ...args])
    expect(code).toBe(2)
    expect(`${stdout}${stderr}`).not.toContain('s3cret')
  }
})
