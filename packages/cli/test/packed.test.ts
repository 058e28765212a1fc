import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { root } from '../../../test/documented-examples.ts'
import { redisForTests, redisPatience } from '../../../test/support/redis-server.ts'
import { goodClaims, unsigned } from './support/tokens.ts'

/** The packages that it is installed with. */
const names = ['core', 'redis', 'testing', 'cli']

/** The environment without npm's variables, so that a test behaves the same under `npm test`. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
)

const encryptionKeys = { BEARERKIT_ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64url') }

let folder: string
let issuer: TestIssuer

function npm(args: readonly string[], cwd: string): void {
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe', env: environment, timeout: 100_000 })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bearerkit-packed-'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const packages = names.map((name) => `--workspace=packages/${name}`)
  npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, ...packages], root)
  const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  // Everything that `npm ci` fetched is in npm's cache, so this downloads nothing.
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  npm(['install', ...options, ...tarballs.map((file) => `./${file}`)], folder)
  issuer = await createTestIssuer()
}, 120_000)

afterAll(async () => {
  await issuer.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Not synchronously, because the issuer is in this process. */
function running(
  program: string,
  args: readonly string[],
  { input = '', cwd = folder }: { readonly input?: string | undefined; readonly cwd?: string } = {},
): Promise<Run> {
  const child = spawn(program, args, { cwd, env: { ...environment, ...encryptionKeys }, timeout: 30_000 })
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
    }
    child.once('error', reject).once('close', (code) => resolve({ code, ...output }))
  })
}

function bearerkit(args: readonly string[], input?: string): Promise<Run> {
  return running(join(folder, 'node_modules/.bin/bearerkit'), args, { input })
}

interface Row {
  readonly args: readonly string[]
  readonly input?: (issuer: TestIssuer) => string | Promise<string>
  readonly code: number
  /** What is on standard output, and on standard error. Default: nothing. */
  readonly stdout?: RegExp
  readonly stderr?: RegExp
}

/** In `args`, `ISSUER` and `AUDIENCE` stand for those of the issuer. Later rows use what earlier ones have made. */
const rows: readonly Row[] = [
  { args: ['--help'], code: 0, stdout: /Usage: bearerkit/ },
  { args: ['--version'], code: 0, stdout: /^\d+\.\d+\.\d+\n$/ },
  { args: [], code: 2, stderr: /Usage: bearerkit/ },
  { args: ['inspect'], input: () => unsigned(goodClaims), code: 0, stdout: /Nothing was verified/ },
  { args: ['inspect', 'opaque'], code: 1, stdout: /not a JWT/ },
  {
    args: ['explain', '--issuer', 'ISSUER', '--audience', 'AUDIENCE'],
    input: (from) => from.issue(),
    code: 0,
    stdout: /accepted\n$/,
  },
  {
    args: ['explain', '--issuer', 'ISSUER', '--audience', 'AUDIENCE', '--json'],
    input: ({ forged }) => forged.expired(),
    code: 1,
    stdout: /"reason": "token_expired"/,
  },
  {
    args: ['explain', '--jwks-url', 'http://127.0.0.1:1/', '--issuer', 'ISSUER', '--audience', 'AUDIENCE'],
    input: (from) => from.issue(),
    code: 3,
    stdout: /The API answers 503/,
  },
  { args: ['doctor', 'ISSUER'], code: 0, stdout: /healthy: / },
  { args: ['doctor', 'ISSUER/'], code: 1, stdout: /differ only in the slash/ },
  { args: ['doctor', 'http://127.0.0.1:1'], code: 3, stdout: /no answer/ },
  { args: ['keygen', '--alg', 'ES256', '--out', 'key.json'], code: 0, stdout: /"use": "sig"/ },
  { args: ['keygen', '--alg', 'ES257'], code: 2, stderr: /ES257/ },
  { args: ['keygen', '--alg', 'ES256', '--kid', 'orders', '--store', 'keys'], code: 0, stdout: /orders\.1 {2}ES256/ },
  { args: ['keys', 'rotate', 'orders', '--store', 'keys'], code: 0, stdout: /orders\.2/ },
  { args: ['keys', 'rotate', 'mail', '--store', 'keys'], code: 1, stderr: /no such key/ },
  { args: ['keys', 'reencrypt', '--store', 'keys'], code: 0, stdout: /^0 records encrypted again/ },
  { args: ['keys', 'destroy', 'orders.1', '--store', 'keys'], code: 2, stderr: /use --yes/ },
  { args: ['keys', 'destroy', 'orders.1', '--store', 'keys', '--yes'], code: 0, stdout: /^destroyed: orders\.1\n$/ },
  { args: ['keys', 'list', '--store', 'keys', '--json'], code: 0, stdout: /"publishedKid": "orders\.2"/ },
  { args: ['keys', 'list', '--store', 'nowhere'], code: 2, stderr: /there is no folder/ },
  { args: ['keys', 'list', '--store', 'redis://127.0.0.1:1', '--prefix', 'a:'], code: 2, stderr: /npm install redis/ },
  { args: ['mint', '--key', 'key.json', '--issuer', 'ISSUER', '--audience', 'a'], code: 0, stdout: /^eyJ\S+\n$/ },
  {
    args: ['mint', '--store', 'keys', '--kid', 'orders', '--issuer', 'ISSUER', '--audience', 'a'],
    code: 0,
    stdout: /^eyJ\S+\n$/,
  },
  { args: ['mint', '--key', 'none', '--issuer', 'ISSUER', '--audience', 'a'], code: 2, stderr: /ENOENT/ },
  { args: ['serve', '--host', '0.0.0.0'], code: 2, stderr: /add --expose-to-network/ },
  { args: ['serve', '--port', 'x'], code: 2, stderr: /It must be a number/ },
  { args: ['completion', 'bash'], code: 0, stdout: /complete -o default -F _bearerkit bearerkit/ },
  { args: ['completion', 'tcsh'], code: 2, stderr: /Allowed choices/ },
]

test.each(rows)('bearerkit $args exits with $code', async ({ args, input, code, stdout = /^$/, stderr = /^$/ }) => {
  const given = args.map((arg) => arg.replace('ISSUER', issuer.issuer).replace('AUDIENCE', issuer.audience))
  const ran = await bearerkit(given, await input?.(issuer))
  expect(ran).toEqual({
    code,
    stdout: expect.stringMatching(stdout) as string,
    stderr: expect.stringMatching(stderr) as string,
  })
})

test('bearerkit can be executed in a checkout, from a file that the compiler does not replace', async () => {
  const { bin } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<'bearerkit', string>>
  }
  expect(bin.bearerkit).not.toMatch(/dist/)
  expect(await running(join(root, 'packages/cli', bin.bearerkit), ['--version'])).toMatchObject({ code: 0, stderr: '' })
})

test('bearerkit serve has its page, and ends when it is interrupted', async () => {
  const program = join(folder, 'node_modules/.bin/bearerkit')
  const child = spawn(program, ['serve', '--port', '0', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = (await once(child.stdout, 'data')) as [Buffer]
  const { issuer: url } = JSON.parse(printed.toString()) as { issuer: string }
  for (const path of ['/', '/page/script/main.js', '/page/style/base.css', '/jwks.json'])
    expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200])
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('npx runs it', async () => {
  const { code, stdout } = await running('npx', ['--no-install', 'bearerkit', 'inspect'], {
    input: unsigned(goodClaims),
  })
  expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing was verified')])
})

describe('with a Redis client that is installed where it runs', () => {
  let server: Awaited<ReturnType<typeof redisForTests>>

  beforeAll(async () => {
    server = await redisForTests()
  }, redisPatience)

  afterAll(() => server.close())

  test.each(['redis', 'ioredis'])('%s, it manages the keys in Redis', async (client) => {
    const cwd = join(folder, `service-with-${client}`)
    mkdirSync(join(cwd, 'node_modules'), { recursive: true })
    symlinkSync(join(root, 'node_modules', client), join(cwd, 'node_modules', client), 'junction')
    const store = ['--store', server.url, '--prefix', `test ${randomUUID()}:`]
    const args = ['keygen', '--alg', 'ES256', '--kid', 'orders', ...store]
    expect(await running(join(folder, 'node_modules/.bin/bearerkit'), args, { cwd })).toEqual({
      code: 0,
      stdout: expect.stringContaining('orders.1  ES256  active') as string,
      stderr: '',
    })
  })
})
