import { inspect } from 'node:util'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { redisPatience } from '../../../../../test/support/redis-server.ts'
import { ConfigurationError, KeyStoreUnavailableError } from '../../../src/errors.ts'
import { inTheClear } from '../../../src/keys/stored/records/encryption-keys.ts'
import { StoredKeyProvider } from '../../../src/keys/stored/stored-key-provider.ts'
import { fileStore } from '../../../src/stores/file-store.ts'
import type { KeyStore } from '../../../src/stores/key-store.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { closeProviders, everythingInRedis, newFolder, newRedisStore, startRedis } from '../local/each-provider.ts'
import { closeInstances, encryptionKey, FaultyStore, Fleet, names, otherEncryptionKey } from './setting.ts'

beforeAll(startRedis, redisPatience)

afterAll(async () => {
  await closeInstances()
  await closeProviders()
})

const { BEARERKIT_ENCRYPTION_KEYS: given } = process.env

afterEach(() => {
  if (given === undefined) delete process.env['BEARERKIT_ENCRYPTION_KEYS']
})

describe('encryption keys', () => {
  const bytes = Buffer.from(encryptionKey)

  it.each<[string, unknown]>([
    ['bytes', [encryptionKey]],
    ['a Buffer', [bytes]],
    ['base64url', [bytes.toString('base64url')]],
    ['base64, as openssl prints it', [`${bytes.toString('base64')}\n`]],
    ['text with commas', `${Buffer.from(otherEncryptionKey).toString('base64url')}, ${bytes.toString('base64url')}`],
  ])('are taken as %s', async (_, encryptionKeys) => {
    const fleet = new Fleet()
    await (await fleet.open()).keys.createKey({ alg: 'ES256', kid: 'orders' })
    const { keys } = await fleet.open({ encryptionKeys: encryptionKeys as never })
    expect(await keys.listVersions('orders')).toEqual([1])
  })

  it('come from the environment where the code names none', async () => {
    const fleet = new Fleet()
    await (await fleet.open()).keys.createKey({ alg: 'ES256', kid: 'orders' })
    process.env['BEARERKIT_ENCRYPTION_KEYS'] = bytes.toString('base64url')
    const { keys } = await fleet.open({ encryptionKeys: undefined })
    expect(await keys.listVersions('orders')).toEqual([1])
  })

  it.each<[string, unknown]>([
    ['too few bytes', [new Uint8Array(31)]],
    ['too many bytes', [new Uint8Array(33)]],
    ['a passphrase', ['correct horse battery staple, a secret']],
    ['an empty text', ['']],
    ['no key', []],
    ['one that is not bytes', [5]],
    ['another sentence', 'none'],
    ['null', null],
  ])('are refused, and not quoted: %s', async (_, encryptionKeys) => {
    const attempt = new Fleet().open({ encryptionKeys: encryptionKeys as never })
    await expect(attempt).rejects.toThrow(ConfigurationError)
    await expect(attempt).rejects.toMatchObject({ option: 'encryptionKeys' })
    await expect(attempt).rejects.not.toThrow(/horse/)
  })

  it('must be there for each store but one in memory', async () => {
    const store = fileStore(await newFolder())
    await expect(StoredKeyProvider.open({ store })).rejects.toMatchObject({ option: 'encryptionKeys' })
    const inMemory = await StoredKeyProvider.open({ store: memoryStore() })
    await inMemory.close()
  })

  it('can be given up by a sentence that says so', async () => {
    const fleet = new Fleet()
    const { keys } = await fleet.open({ encryptionKeys: inTheClear })
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    expect([...(await fleet.store.values()).values()].join()).toContain('pkcs8')
    expect(keys.health().encryptedWith).toEqual({ none: 1 })
  })
})

describe('wrong encryption keys', () => {
  it('let nothing be opened, and write nothing', async () => {
    const fleet = new Fleet()
    await (await fleet.open()).keys.createKey({ alg: 'ES256', kid: 'orders' })
    const [before, writes] = [await fleet.store.values(), fleet.store.writes]
    for (const encryptionKeys of [[otherEncryptionKey], inTheClear] as const) {
      const attempt = fleet.open({ encryptionKeys })
      await expect(attempt).rejects.toThrow(ConfigurationError)
      await expect(attempt).rejects.toThrow(/`encryptionKeys`.*faulty store/)
    }
    expect(fleet.store.writes).toBe(writes)
    expect(await fleet.store.values()).toEqual(before)
  })

  it('for some of the records set these aside; the others serve, and no key of that name is made', async () => {
    const fleet = new Fleet()
    await (await fleet.open()).keys.createKey({ alg: 'ES256', kid: 'orders' })
    const next = await fleet.open({ encryptionKeys: [otherEncryptionKey, encryptionKey] })
    await next.keys.createKey({ alg: 'ES256', kid: 'users' })
    const late = await fleet.open()
    expect(late.keys.health()).toMatchObject({ kids: ['orders.1'], setAside: [{ id: 'key:users.1' }] })
    const values = await fleet.store.values()
    for (const attempt of [
      late.keys.createKey({ alg: 'ES256', kid: 'users' }),
      late.keys.ensureKey({ alg: 'ES256', kid: 'users' }),
    ])
      await expect(attempt).rejects.toThrow(KeyStoreUnavailableError)
    expect(await fleet.store.values()).toEqual(values)
  })

  it('for a newer version let no instance rotate past it', async () => {
    const fleet = new Fleet()
    const late = await fleet.open()
    await late.keys.createKey({ alg: 'ES256', kid: 'orders' })
    const next = await fleet.open({ encryptionKeys: [otherEncryptionKey, encryptionKey] })
    await next.keys.rotateKey('orders')
    await expect(late.keys.rotateKey('orders')).rejects.toThrow(/cannot be read/)
    expect(names(late)).toContain('recordSetAside')
    expect(await late.keys.destroyKey('orders', 2)).toBe(true)
    expect(await late.keys.rotateKey('orders')).toMatchObject({ version: 3 })
  })
})

describe('a change of encryption keys', () => {
  it('lets every instance read at every step', async () => {
    const fleet = new Fleet()
    const first = await fleet.open()
    await first.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await first.keys.createKey({ alg: 'ES256', kid: 'users' })
    await first.keys.destroyKey('users')
    const token = await first.tokens.issue({ sub: 'user-1' })
    const both = await fleet.open({ encryptionKeys: [encryptionKey, otherEncryptionKey] })
    const next = await fleet.open({ encryptionKeys: [otherEncryptionKey, encryptionKey] })
    await next.keys.rotateKey('orders')
    await both.keys.refresh()
    expect(await both.keys.listVersions('orders')).toEqual([1, 2])
    expect(await next.keys.reencrypt()).toBe(2)
    expect(await next.keys.reencrypt()).toBe(0)
    expect(Object.values(next.keys.health().encryptedWith)).toEqual([3])
    await both.keys.refresh()
    const last = await fleet.open({ encryptionKeys: [otherEncryptionKey] })
    for (const { keys, verifier } of [both, next, last]) {
      expect(keys.health().setAside).toEqual([])
      await expect(verifier.verify(token)).resolves.toBeDefined()
    }
    expect(await last.keys.createKey({ alg: 'ES256', kid: 'users' })).toMatchObject({ version: 2 })
  })

  it('does not refuse a token that was verified before', async () => {
    const fleet = new Fleet()
    const { keys, verifier, tokens } = await fleet.open({ encryptionKeys: [encryptionKey, otherEncryptionKey] })
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    const token = await tokens.issue({ sub: 'user-1' })
    await verifier.verify(token)
    const [key] = keys.keysAtHand({ alg: 'ES256', kid: 'orders.1' })
    await (await fleet.open({ encryptionKeys: [otherEncryptionKey, encryptionKey] })).keys.reencrypt()
    await keys.refresh()
    expect(key && keys.trusts(key)).toBe(true)
  })
})

describe('somebody who can write the store, and has no encryption key', () => {
  async function scene() {
    const fleet = new Fleet()
    const instance = await fleet.open()
    await instance.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await instance.keys.createKey({ alg: 'ES256', kid: 'users' })
    const value = (await fleet.store.values()).get('key:users.1') ?? ''
    return { fleet, instance, value }
  }

  const forgeries: [string, (value: string) => string | Promise<string>][] = [
    ['copied from another record', (value) => value],
    ['altered in its header', (value) => value.replace(/^[^.]+/, (header) => forgedHeader(header))],
    ['altered in its text', (value) => `${value.slice(0, -30)}AAAA${value.slice(-26)}`],
    ['not encrypted', () => JSON.stringify({ key: 'orders', version: 1, payload: '{}' })],
    ['cut off', (value) => value.slice(0, 20)],
    ['empty', () => ''],
    ['from another store', valueOfAnotherStore],
  ]

  function forgedHeader(header: string): string {
    const read = JSON.parse(Buffer.from(header, 'base64url').toString()) as object
    return Buffer.from(JSON.stringify({ ...read, id: 'key:orders.1', key: 'orders' })).toString('base64url')
  }

  async function valueOfAnotherStore(): Promise<string> {
    const other = new Fleet(new FaultyStore('other:'))
    await (await other.open()).keys.createKey({ alg: 'ES256', kid: 'orders' })
    return (await other.store.values()).get('key:orders.1') ?? ''
  }

  it.each(forgeries)('cannot put a record in the place of another one: %s', async (_, forge) => {
    const { fleet, instance, value } = await scene()
    await fleet.store.forge('key:orders.1', await forge(value))
    const { keys } = instance
    await keys.refresh()
    for (const one of [keys, (await fleet.open()).keys]) {
      expect(await one.listVersions('orders')).toEqual([])
      expect(await one.listVersions('users')).toEqual([1])
      expect(one.health().setAside).toEqual([{ id: 'key:orders.1', reason: expect.any(String) }])
    }
    expect(names(instance).filter((name) => name === 'recordSetAside')).toHaveLength(1)
    await keys.refresh()
    expect(names(instance).filter((name) => name === 'recordSetAside')).toHaveLength(1)
  })
})

it('a record in Redis that was copied over another is told and set aside, and the others serve', async () => {
  const store = newRedisStore()
  const keys = await StoredKeyProvider.open({ store, encryptionKeys: [encryptionKey], pollInterval: '1h' })
  for (const kid of ['orders', 'users']) await keys.createKey({ alg: 'ES256', kid })
  const told: unknown[] = []
  keys.on('recordSetAside', (note) => told.push(note))
  const { records } = await store.read({ signal: AbortSignal.timeout(10_000) })
  const ifRevision = records.find(({ id }) => id === 'key:orders.1')?.revision
  const copied = { id: 'key:orders.1', value: await valueIn(store, 'key:users.1'), ifRevision }
  expect(await store.write(copied, { signal: AbortSignal.timeout(10_000), within: 10_000 })).toBeDefined()
  await keys.refresh()
  expect(told).toEqual([{ id: 'key:orders.1', reason: expect.any(String) }])
  expect(keys.health()).toMatchObject({ kids: ['users.1'], setAside: told })
  expect(keys.keysAtHand({ alg: 'ES256', kid: 'orders.1' })).toEqual([])
  await keys.close()
})

describe('secrets', () => {
  const secretOf = { HS256: secretText(0xa5), A256GCM: secretText(0xb6) }

  /** A store, and all that can be read where its records are. */
  const places: Readonly<Record<string, () => Promise<{ store: KeyStore; everything: () => Promise<string[]> }>>> = {
    async 'the folder'() {
      const folder = await newFolder()
      return { store: fileStore(folder), everything: () => filesIn(folder) }
    },
    async Redis() {
      return { store: newRedisStore(), everything: everythingInRedis }
    },
  }

  it.each(Object.entries(places))(
    'are readable nowhere: in %s, in events, errors, health and inspection',
    async (_, open) => {
      const { store, everything: stored } = await open()
      const options = { store, encryptionKeys: [encryptionKey] }
      const keys = await StoredKeyProvider.open(options)
      const shown: unknown[] = []
      for (const event of ['keyAdded', 'keyRemoved', 'recordSetAside', 'refreshed'] as const)
        keys.on(event, (detail) => shown.push(detail))
      const secrets: string[] = []
      for (const [alg, k] of Object.entries(secretOf)) {
        secrets.push(k, Buffer.from(k, 'base64url').toString('hex'), Buffer.from(k, 'base64url').toString('base64'))
        await keys.importKey({ alg, kid: alg, exportPolicy: 'secret-when-allowed' }, { kty: 'oct', k })
      }
      await keys.createKey({ alg: 'ES256', kid: 'orders', exportPolicy: 'secret-when-allowed' })
      const pair = (await keys.getKey('orders', 1, { includeSecret: true })).material()
      if (pair?.kind === 'private')
        secrets.push(String(pair.jwk.d), Buffer.from(String(pair.jwk.d), 'base64url').toString('hex'))
      secrets.push(Buffer.from(encryptionKey).toString('base64url'), Buffer.from(encryptionKey).toString('hex'))
      await keys.rotateKey('orders')
      await keys.destroyKey('orders', 1)
      shown.push(keys, keys.health(), await keys.getKey('orders'), await keys.jwks())
      shown.push(
        await StoredKeyProvider.open({ ...options, encryptionKeys: [otherEncryptionKey] }).catch(
          (error: unknown) => error,
        ),
      )
      await keys.close()
      const printed = shown.map(
        (one) => inspect(one, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(one),
      )
      const everything = [...printed, ...(await stored())].join('\n')
      expect(everything.length).toBeGreaterThan(1000)
      expect(everything).toContain(ciphertextOf(await valueIn(store, 'key:orders.2')))
      for (const secret of secrets) expect(everything).not.toContain(secret)
      expect(everything).not.toMatch(/PRIVATE KEY|pkcs8/)
    },
  )

  it('are in no error of a store that quotes what it was to write', async () => {
    const fleet = new Fleet()
    const { keys } = await fleet.open({ encryptionKeys: inTheClear })
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    fleet.store.refuseWrite = (value) => Object.assign(new Error(`ERR in ${value}`), { command: { args: [value] } })
    const error = await keys.rotateKey('orders').catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(KeyStoreUnavailableError)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/pkcs8|command/)
  })
})

async function valueIn(store: KeyStore, id: string): Promise<string> {
  const { records } = await store.read({ signal: AbortSignal.timeout(10_000) })
  return records.find((record) => record.id === id)?.value ?? ''
}

/** Proves that the search looks where the records are. */
function ciphertextOf(value: string): string {
  return value.split('.')[3]?.slice(0, 40) ?? 'none'
}

function secretText(byte: number): string {
  return Buffer.alloc(32, byte).toString('base64url')
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))
}
