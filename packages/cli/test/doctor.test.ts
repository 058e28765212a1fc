import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createTestCertificate, createTestIssuer } from '@bearerkit/testing'
import type { Diagnosis } from '../src/doctor/diagnosis.ts'
import { type Preparation, PreparedIssuer } from './support/prepared-issuer.ts'
import { bearerkit, bearerkitJson, type Setting } from './support/terminal.ts'

const ec = (kid: string | undefined, more: object = {}): JsonWebKey => ({
  ...ecPair().publicJwk,
  kid,
  use: 'sig',
  alg: 'ES256',
  ...more,
})

function ecPair(): { readonly publicJwk: JsonWebKey; readonly secretJwk: JsonWebKey } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { publicJwk: publicKey.export({ format: 'jwk' }), secretJwk: privateKey.export({ format: 'jwk' }) }
}

function rsa(kid: string, bits: number): JsonWebKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
}

const good = ec('test.1')
const { secretJwk } = ecPair()

/** Answers with this status and these headers, if the path is one of these. */
function answering(
  paths: RegExp,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Preparation {
  return {
    answer: ({ url = '' }, response) => {
      if (!paths.test(url)) return false
      response.writeHead(status, headers).end(body)
      return true
    },
  }
}

/** What the clock of this machine has measured, in milliseconds. Only slow answers take time. */
let elapsed = 0

const steadyClock = { now: () => Date.now(), monotonic: () => elapsed }

/** Answers as usual, but later. */
function slow(paths: RegExp, delay: number): Preparation {
  return {
    answer: ({ url = '' }) => {
      if (paths.test(url)) elapsed += delay
      return false
    },
  }
}

const started: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((issuer) => issuer.close()))
})

async function prepared(keys: readonly unknown[], preparation?: Preparation): Promise<PreparedIssuer> {
  const issuer = await PreparedIssuer.start(keys, preparation)
  started.push(issuer)
  return issuer
}

interface Row {
  readonly issuer: string
  readonly preparation: Preparation
  /** The codes of what `doctor` finds. */
  readonly finds: readonly string[]
  readonly code: 0 | 1 | 3
  readonly args?: readonly string[]
  readonly setting?: Setting
}

const json = { 'Content-Type': 'application/json' }

const rows: readonly Row[] = [
  { issuer: 'is healthy', preparation: {}, finds: [], code: 0 },
  {
    issuer: 'is healthy, with a key for encryption and several algorithms',
    preparation: { keys: [good, rsa('test.2', 2048), { ...ec('test.2'), use: 'enc', alg: 'ECDH-ES' }] },
    finds: [],
    code: 0,
  },
  { issuer: 'is slow', preparation: slow(/openid/, 1100), finds: ['slow'], code: 0 },
  {
    issuer: 'never answers',
    preparation: { answer: () => true },
    finds: ['no_answer', 'no_answer', 'metadata_missing'],
    code: 3,
    args: ['--request-timeout', '200ms'],
  },
  {
    issuer: 'redirects one of its documents',
    preparation: answering(/openid/, 301, { Location: '/elsewhere?secret=1' }),
    finds: ['redirect'],
    code: 0,
  },
  {
    issuer: 'redirects its JWKS',
    preparation: answering(/jwks/, 302, { Location: 'https://cdn.example.com/jwks' }),
    finds: ['redirect'],
    code: 1,
  },
  { issuer: 'has no ETag', preparation: { headers: { ETag: undefined } }, finds: ['no_validator'], code: 0 },
  {
    issuer: 'ignores its ETag',
    preparation: answering(
      /jwks/,
      200,
      { ...json, ETag: '"x"', 'Cache-Control': 'max-age=60' },
      JSON.stringify({ keys: [good] }),
    ),
    finds: ['validator_ignored'],
    code: 0,
  },
  { issuer: 'has a weak key', preparation: { keys: [good, rsa('old', 1024)] }, finds: ['weak_key'], code: 1 },
  {
    issuer: 'has different keys under one kid',
    preparation: { keys: [ec('a'), ec('a')] },
    finds: ['kid_duplicate'],
    code: 1,
  },
  { issuer: 'has a key twice', preparation: { keys: [good, good] }, finds: ['kid_duplicate'], code: 0 },
  {
    issuer: 'names another issuer',
    preparation: { metadata: () => ({ issuer: 'https://other.example.com' }) },
    finds: ['issuer_differs', 'issuer_differs'],
    code: 1,
  },
  {
    issuer: 'names itself with a slash',
    preparation: { metadata: (origin) => ({ issuer: `${origin}/` }) },
    finds: ['issuer_differs', 'issuer_differs'],
    code: 1,
  },
  {
    issuer: 'lets caches keep the JWKS for a week',
    preparation: { headers: { 'Cache-Control': 'public, max-age=604800' } },
    finds: ['cache_long'],
    code: 0,
  },
  {
    issuer: 'says nothing about caching',
    preparation: { headers: { 'Cache-Control': undefined } },
    finds: ['cache_unspecified'],
    code: 0,
  },
  {
    issuer: 'forbids caching',
    preparation: { headers: { 'Cache-Control': 'no-store' } },
    finds: ['cache_forbidden'],
    code: 0,
  },
  {
    issuer: 'publishes a private key',
    preparation: { keys: [{ ...secretJwk, kid: 'leaked', use: 'sig', alg: 'ES256' }] },
    finds: ['secret_published'],
    code: 1,
  },
  {
    issuer: 'publishes a shared secret',
    preparation: { keys: [good, { kty: 'oct', k: 'c2hhcmVkLXNlY3JldA', kid: 'shared', alg: 'HS256' }] },
    finds: ['secret_published', 'key_unusable'],
    code: 1,
  },
  {
    issuer: 'has a key without a kid',
    preparation: { keys: [good, ec(undefined)] },
    finds: ['kid_missing'],
    code: 0,
  },
  {
    issuer: 'has a key without an algorithm',
    preparation: { keys: [{ ...rsa('a', 2048), alg: undefined }] },
    finds: ['alg_missing'],
    code: 0,
  },
  {
    issuer: 'has a key for an algorithm that does not fit',
    preparation: { keys: [good, { ...ec('odd'), alg: 'RS256' }] },
    finds: ['key_unusable'],
    code: 0,
  },
  {
    issuer: 'has more keys than verifiers keep',
    preparation: { keys: Array.from({ length: 105 }, (_, index) => ({ ...good, kid: `test.${index}` })) },
    finds: ['too_many_keys', ...Array.from({ length: 5 }, () => 'key_unusable')],
    code: 1,
  },
  { issuer: 'has no key', preparation: { keys: [] }, finds: ['issuer_unusable'], code: 1 },
  {
    issuer: 'has a clock that is ahead',
    preparation: {},
    finds: ['clock_differs'],
    code: 1,
    setting: { clock: { now: () => Date.now() - 60_000 } },
  },
  {
    issuer: 'has a clock that is behind',
    preparation: {},
    finds: ['clock_differs'],
    code: 1,
    setting: { clock: { now: () => Date.now() + 60_000 } },
  },
  {
    issuer: 'answers everything with a page',
    preparation: answering(/./, 200, { 'Content-Type': 'text/html' }, '<!doctype html>'),
    finds: ['metadata_missing', 'metadata_unreadable', 'metadata_unreadable'],
    code: 1,
  },
  {
    issuer: 'has documents that contradict each other',
    preparation: { metadata: (origin, path) => (path.includes('oauth') ? { jwks_uri: `${origin}/other.json` } : {}) },
    finds: ['jwks_uri_differs'],
    code: 0,
  },
  {
    issuer: 'names no JWKS',
    preparation: { metadata: () => ({ jwks_uri: undefined }) },
    finds: ['jwks_uri_missing', 'jwks_uri_missing'],
    code: 1,
  },
  {
    issuer: 'offers tokens without a signature',
    preparation: {
      metadata: (_, path) => (path.includes('openid') ? { id_token_signing_alg_values_supported: ['none'] } : {}),
    },
    finds: ['alg_none_offered'],
    code: 0,
  },
  {
    issuer: 'has a JWKS that is down',
    preparation: answering(/jwks/, 503),
    finds: ['issuer_unusable'],
    code: 1,
  },
  {
    issuer: 'has a JWKS that is too long',
    preparation: answering(/jwks/, 200, json, ' '.repeat(300_000)),
    finds: ['cache_unspecified', 'no_validator', 'issuer_unusable'],
    code: 1,
  },
]

test.each(rows)(
  'an issuer that $issuer: $finds',
  async ({ preparation, finds, code, args = [], setting = { clock: steadyClock } }) => {
    const issuer = await prepared([good], preparation)
    const examined = await bearerkitJson<Diagnosis>(['doctor', issuer.origin, ...args], setting)
    const found = examined.json.findings.map((finding) => finding.code)
    expect({ found: found.toSorted(), code: examined.code }).toEqual({ found: finds.toSorted(), code })
    expect(examined.json.healthy).toBe(code === 0)
    const { code: again, stdout } = await bearerkit(['doctor', issuer.origin, ...args], setting)
    expect(again).toBe(code)
    expect(stdout.match(/^[✗!i] /gm) ?? []).toHaveLength(finds.length)
    expect(stdout).not.toContain(String(secretJwk.d))
    expect(stdout).not.toContain('c2hhcmVkLXNlY3JldA')
    expect(stdout).not.toContain('secret=1')
  },
)

test('asks for each document once, and for the JWKS once more with its validator', async () => {
  const issuer = await prepared([good])
  const { code, stdout } = await bearerkit(['doctor', issuer.origin])
  expect(code).toBe(0)
  expect(issuer.requests.toSorted()).toEqual([
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/jwks.json',
    '/jwks.json if changed',
  ])
  expect(stdout.replaceAll(issuer.origin, 'https://issuer').replaceAll(/\d+ ms +/g, '5 ms  ')).toBe(`Metadata
  200  5 ms  https://issuer/.well-known/openid-configuration
  200  5 ms  https://issuer/.well-known/oauth-authorization-server

JWKS
  200  5 ms  https://issuer/jwks.json
  304  5 ms  https://issuer/jwks.json (asked again, with its validator)

Keys
  test.1  EC P-256  sig  ES256  used

Cache
  Cache-Control: max-age=300
  verifyJwt fetches the keys again after 5 minutes. Publish a new key at least 5 minutes before it signs.

Clock
  The clocks agree.

healthy: verifyJwt uses its key
`)
})

test('asks only for the JWKS if its URL is given', async () => {
  const issuer = await prepared([good])
  const args = ['doctor', 'https://issuer.example.com', '--jwks-url', `${issuer.origin}/jwks.json?code=s3cret`]
  const { code, stdout } = await bearerkit(args, {})
  expect([code, issuer.requests]).toEqual([1, ['/jwks.json?code=s3cret']])
  expect(stdout).not.toContain('s3cret')
})

test.each([
  'http://169.254.169.254/keys',
  'http://keys.example.com/',
  'file:///etc/passwd',
  'https://user:p4ss@127.0.0.1/',
])('does not follow a jwks_uri to %s', async (uri) => {
  const issuer = await prepared([good], { metadata: () => ({ jwks_uri: uri }) })
  const asked: string[] = []
  const { code, json: diagnosis } = await bearerkitJson<Diagnosis>(['doctor', issuer.origin], {
    fetch: (url, init) => {
      asked.push(url)
      return fetch(url, init)
    },
  })
  expect([code, diagnosis.findings.map((finding) => finding.code)]).toEqual([1, ['issuer_unusable']])
  expect(asked.every((url) => url.startsWith(issuer.origin))).toBe(true)
  expect(JSON.stringify(diagnosis)).not.toContain('p4ss')
})

test('an issuer that is down could not be examined', async () => {
  const issuer = await PreparedIssuer.start([good])
  await issuer.close()
  const { code, stdout } = await bearerkit(['doctor', issuer.origin])
  expect([code, stdout]).toEqual([3, expect.stringContaining('no answer: ECONNREFUSED')])
})

test('an issuer with a path has its documents at three locations', async () => {
  const issuer = await createTestIssuer({ path: '/tenant' })
  started.push(issuer)
  const { json: diagnosis } = await bearerkitJson<Diagnosis>(['doctor', issuer.issuer])
  expect(diagnosis.metadata.map(({ url }) => url.replace(issuer.issuer.replace('/tenant', ''), ''))).toEqual([
    '/tenant/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server/tenant',
    '/.well-known/openid-configuration/tenant',
  ])
})

test('hostile documents do not reach the terminal', async () => {
  const hostile = '\u001B]0;owned\u0007\u009B31m\u202E'
  const issuer = await prepared([good], {
    keys: [good, { ...ec(hostile), alg: hostile, use: hostile }, { ...ec(`${hostile}2`), crv: hostile }],
    metadata: (_, path) => (path.includes('oauth') ? { issuer: hostile } : {}),
  })
  for (const args of [[], ['--json']]) {
    const { stdout, stderr } = await bearerkit(['doctor', issuer.origin, ...args])
    expect(`${stdout}${stderr}`).not.toMatch(/[^\P{C}\n]/u)
    expect(stdout).toContain('owned')
  }
})

test('an expired certificate of a key is found', async () => {
  const x5c = [createTestCertificate().der.toString('base64')]
  const issuer = await prepared([{ ...good, x5c }])
  // It is valid until the end of 2049.
  const clock = { now: () => Date.UTC(2050, 0, 1) }
  const { json: diagnosis } = await bearerkitJson<Diagnosis>(['doctor', issuer.origin], { clock })
  expect(diagnosis.findings.map((finding) => finding.code)).toEqual(['certificate_expired', 'clock_differs'])
})

describe('oidc-provider', () => {
  let child: ChildProcess
  let issuer: string

  beforeAll(async () => {
    child = fork(join(__dirname, '../../../test/real-issuer/issuer.mjs'))
    const [message] = (await once(child, 'message')) as [{ issuer: string }]
    issuer = message.issuer
  })

  afterAll(() => child.kill())

  test('is healthy', async () => {
    const { code, json: diagnosis } = await bearerkitJson<Diagnosis>(['doctor', issuer])
    expect({ code, found: diagnosis.findings.map((finding) => finding.code) }).toEqual({
      code: 0,
      found: ['cache_unspecified', 'no_validator'],
    })
    expect(diagnosis.keys).toEqual([expect.not.objectContaining({ setAside: expect.anything() as unknown })])
  })
})
