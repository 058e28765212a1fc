import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileStore, KeyRotation, StoredKeyProvider } from '@bearerkit/core'
import type { KeyRow } from '../src/keys/key-row.ts'
import { run } from '../src/run.ts'
import { temporaryFolder } from './support/folders.ts'
import { bearerkit, bearerkitJson } from './support/terminal.ts'

const folder = temporaryFolder()
const first = Buffer.alloc(32, 1).toString('base64')
const second = Buffer.alloc(32, 2).toString('base64')
const { env } = process

beforeEach(() => {
  process.env = { ...env, BEARERKIT_ENCRYPTION_KEYS: first }
})

afterAll(() => {
  process.env = env
})

let stores = 0

/** A new folder with the key `orders`. */
async function newStore(): Promise<string> {
  const store = join(folder(), `store-${(stores += 1)}`)
  const { code } = await bearerkit(['keygen', '--alg', 'ES256', '--kid', 'orders', '--store', store])
  expect(code).toBe(0)
  return store
}

async function keysIn(store: string): Promise<readonly string[]> {
  const { json } = await bearerkitJson<{ keys: readonly KeyRow[] }>(['keys', 'list', '--store', store])
  return json.keys.map(({ publishedKid, state }) => `${publishedKid} ${state}`)
}

test('keygen puts a key into a store, and shows no secret', async () => {
  const store = join(folder(), 'made')
  const { code, stdout } = await bearerkit(['keygen', '--alg', 'ES256', '--kid', 'orders', '--store', store])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^ {2}orders\.1 {2}ES256 {2}active {2}created \S+Z\n$/)])
  expect(await keysIn(store)).toEqual(['orders.1 active'])
})

test('keygen does not replace a key in a store', async () => {
  const store = await newStore()
  const { code, stderr } = await bearerkit(['keygen', '--alg', 'ES256', '--kid', 'orders', '--store', store])
  expect([code, stderr]).toEqual([2, expect.stringContaining('kid')])
  expect(await keysIn(store)).toEqual(['orders.1 active'])
})

test('list shows every version with its state', async () => {
  const store = await newStore()
  await bearerkit(['keygen', '--alg', 'RS256', '--kid', 'mail', '--store', store])
  await bearerkit(['keys', 'rotate', 'orders', '--store', store])
  await bearerkit(['keys', 'rotate', 'orders', '--store', store, '--activate-after', '1h', '--retain-for', '1d'])
  const { code, stdout } = await bearerkit(['keys', 'list', '--store', store])
  expect(code).toBe(0)
  expect(stdout.replaceAll(/created \S+Z/g, 'created').replace(store, 'keys')).toMatch(
    new RegExp(
      [
        '^file store keys',
        '  mail\\.1    RS256  active   created',
        '  orders\\.1  ES256  retired  created, stopped signing (?:now|\\d seconds? ago)',
        '  orders\\.2  ES256  active   created, stops signing in (?:59|60) minutes',
        '  orders\\.3  ES256  pending  created, signs in (?:59|60) minutes',
        '  encrypted with: [\\w-]{11} \\(4 records\\)',
        '$',
      ].join('\n'),
    ),
  )
})

test('rotate says so if the version signs at once', async () => {
  const store = await newStore()
  const atOnce = await bearerkit(['keys', 'rotate', 'orders', '--store', store])
  const later = await bearerkit(['keys', 'rotate', 'orders', '--store', store, '--activate-after', '1h'])
  expect([atOnce.code, later.code]).toEqual([0, 0])
  expect(atOnce.stdout).toContain('signs at once')
  expect(later.stdout).not.toContain('signs at once')
})

test('a service sees what the commands have done', async () => {
  const store = await newStore()
  const keys = await StoredKeyProvider.open({ store: fileStore(store) })
  const rotation = new KeyRotation({ keys, kid: 'orders', every: '30d', longestTokenLifetime: '10m' })
  await rotation.start()
  await bearerkit(['keys', 'rotate', 'orders', '--store', store])
  await keys.refresh()
  expect(await keys.listVersions('orders')).toEqual([1, 2])
  rotation.stop()
  await keys.close()
})

describe('destroy', () => {
  test('destroys one version', async () => {
    const store = await newStore()
    await bearerkit(['keys', 'rotate', 'orders', '--store', store])
    const { code, stdout } = await bearerkit(['keys', 'destroy', 'orders.1', '--store', store, '--yes'])
    expect([code, stdout]).toEqual([0, 'destroyed: orders.1\n'])
    expect(await keysIn(store)).toEqual(['orders.2 active'])
  })

  test('destroys all versions', async () => {
    const store = await newStore()
    await bearerkit(['keys', 'rotate', 'orders', '--store', store])
    const { stdout } = await bearerkit(['keys', 'destroy', 'orders', '--store', store, '--yes'])
    expect(stdout).toBe('destroyed: orders.1, orders.2\n')
    expect(await keysIn(store)).toEqual([])
  })

  test.each([
    ['yes\n', 0, []],
    ['Y\n', 0, []],
    ['n\n', 1, ['orders.1 active']],
    ['\n', 1, ['orders.1 active']],
    ['orders.1\n', 1, ['orders.1 active']],
  ])('asks, and takes %j for what it is', async (typed, code, left) => {
    const store = await newStore()
    const ran = await bearerkit(['keys', 'destroy', 'orders.1', '--store', store], { typed })
    expect(ran.stderr).toContain('Destroy this for good? Its tokens will be refused. [y/N] ')
    expect(ran.stderr).toContain('orders.1  ES256  active')
    expect({ code: ran.code, left: await keysIn(store) }).toEqual({ code, left })
  })

  test('destroys nothing if the key was rotated while the question was open', async () => {
    const store = await newStore()
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
    const code = run(['keys', 'destroy', 'orders', '--store', store], {
      stdin: Object.assign(stdin, { isTTY: true }),
      stdout,
      stderr,
      interruption: () => new AbortController().signal,
    })
    await once(stderr, 'data')
    await bearerkit(['keys', 'rotate', 'orders', '--store', store])
    stdin.write('y\n')
    expect(await code).toBe(1)
    expect(await keysIn(store)).toEqual(['orders.1 retired', 'orders.2 active'])
    expect(String(stdout.read())).toContain('nothing was destroyed')
  })

  test('destroys nothing if nobody can be asked', async () => {
    const store = await newStore()
    const { code, stderr } = await bearerkit(['keys', 'destroy', 'orders', '--store', store], { input: 'y\n' })
    expect([code, stderr]).toEqual([2, expect.stringContaining('use --yes')])
    expect(await keysIn(store)).toEqual(['orders.1 active'])
  })

  test.each(['orders.2', 'mail', 'mail.1'])('exits with 1 for %s, which does not exist', async (name) => {
    const store = await newStore()
    const { code, stderr } = await bearerkit(['keys', 'destroy', name, '--store', store, '--yes'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is no such key')])
  })
})

describe('encryption keys', () => {
  test('are replaced with reencrypt', async () => {
    const store = await newStore()
    process.env['BEARERKIT_ENCRYPTION_KEYS'] = `${second},${first}`
    const before = await bearerkit(['keys', 'list', '--store', store])
    const { code, stdout } = await bearerkit(['keys', 'reencrypt', '--store', store])
    expect([before.stdout, code, stdout]).toEqual([
      expect.stringMatching(/encrypted with: \S+ \(0 records\), \S+ \(1 record\)/),
      0,
      expect.stringMatching(/^1 record encrypted again\nencrypted with: \S+ \(1 record\)\n$/),
    ])
    process.env['BEARERKIT_ENCRYPTION_KEYS'] = second
    expect(await keysIn(store)).toEqual(['orders.1 active'])
  })

  test.each([
    ['are missing', undefined, 'BEARERKIT_ENCRYPTION_KEYS'],
    ['are malformed', 'c2hvcnQ=', 'key 1 must be 32 bytes'],
    ['are others', second, 'none of the 1 keys'],
  ])('exits with 2 if they %s', async (_, given, message) => {
    const store = await newStore()
    process.env = { ...env }
    delete process.env['BEARERKIT_ENCRYPTION_KEYS']
    if (given !== undefined) process.env['BEARERKIT_ENCRYPTION_KEYS'] = given
    const { code, stderr } = await bearerkit(['keys', 'list', '--store', store])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
    expect(stderr).not.toContain(given ?? second)
  })

  test('list exits with 1 if a record cannot be read, and destroy removes it', async () => {
    const store = await newStore()
    process.env['BEARERKIT_ENCRYPTION_KEYS'] = `${second},${first}`
    await bearerkit(['keys', 'rotate', 'orders', '--store', store])
    process.env['BEARERKIT_ENCRYPTION_KEYS'] = second
    const listed = await bearerkit(['keys', 'list', '--store', store])
    expect([listed.code, listed.stdout]).toEqual([1, expect.stringMatching(/✗ record \S+ cannot be used: /)])
    const { code } = await bearerkit(['keys', 'destroy', 'orders.1', '--store', store, '--yes'])
    expect([code, await keysIn(store)]).toEqual([0, ['orders.2 active']])
  })
})

test.each([
  ['no store', ['keys', 'list'], 2, "'--store <folder or URL>' not specified"],
  ['a folder that does not exist', ['keys', 'list', '--store', '/nonexistent/keys'], 2, 'there is no folder'],
  ['a kid that does not exist', ['keys', 'rotate', 'mail'], 1, 'there is no such key'],
  ['no duration', ['keys', 'rotate', 'orders', '--activate-after', 'soon'], 2, 'activateAfter'],
  ['Redis without a prefix', ['keys', 'list', '--store', 'redis://127.0.0.1:1'], 2, 'needs --prefix'],
  ['Redis that is down', ['keys', 'list', '--store', 'redis://127.0.0.1:1', '--prefix', 'a:'], 3, 'cannot connect'],
])('with %s, exits and says why', async (_, args, expected, message) => {
  const store = args.includes('--store') || args.length === 2 ? [] : ['--store', await newStore()]
  const { code, stderr } = await bearerkit([...args, ...store])
  expect([code, stderr]).toEqual([expected, expect.stringContaining(message)])
})

test('a password in the URL of Redis is in no output', async () => {
  const url = 'redis://user:p4ssword@127.0.0.1:1'
  for (const args of [[], ['--json']]) {
    const { stdout, stderr } = await bearerkit(['keys', 'list', '--store', url, '--prefix', 'a:', ...args])
    expect(`${stdout}${stderr}`).not.toContain('p4ssword')
  }
})

test('secrets are in no file of the store in the clear', async () => {
  const store = await newStore()
  const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  expect(contents.join('')).not.toMatch(/"d":|PRIVATE KEY/)
})
