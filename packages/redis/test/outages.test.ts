import { once } from 'node:events'
import {
  type Duration,
  KeyRotation,
  type KeyStore,
  StoredKeyProvider,
  TokenIssuer,
  TokenVerifier,
} from '@bearerkit/core'
import { RedisServer, redisPatience } from '../../../test/support/redis-server.ts'
import { TcpProxy } from '../../../test/support/tcp-proxy.ts'
import { refusalFor } from '../../core/src/http/refusals/refusal.ts'
import { redisStore } from '../src/index.ts'
import { type AppClient, clients } from './clients.ts'
import { clientOf, eventually, newPrefix } from './setting.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const hour = 60 * 60_000
const pollInterval = 100

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

function closing<T extends { close(): unknown }>(one: T): T {
  open.push(one)
  return one
}

function startServer(...options: string[]): Promise<RedisServer> {
  return RedisServer.start(...options).then(closing)
}

const lasting = ['--appendonly', 'yes', '--appendfsync', 'always']

/** One instance of a service, whose clock can be turned. */
class Instance {
  readonly keys: StoredKeyProvider
  readonly tokens: TokenIssuer
  readonly verifier: TokenVerifier
  readonly told: string[] = []
  readonly #store: CountedStore
  readonly #time: { ahead: number }

  private constructor(keys: StoredKeyProvider, store: CountedStore, time: { ahead: number }) {
    const clock = { now: () => Date.now() + time.ahead }
    this.keys = keys
    this.#store = store
    this.#time = time
    this.tokens = new TokenIssuer({ keys, issuer, audience, clock, expiresIn: '1d' })
    this.verifier = new TokenVerifier({ keys, issuer, audience, clock })
    for (const event of ['keyRemoved', 'storeUnavailable', 'storeReset', 'refreshFailed', 'refreshed'] as const)
      keys.on(event, () => this.told.push(event))
  }

  static async open(app: AppClient, prefix: string, requestTimeout: Duration = '30s'): Promise<Instance> {
    const time = { ahead: 0 }
    const store = new CountedStore(redisStore(app.client, { prefix }))
    const keys = await StoredKeyProvider.open({
      store: store.counted,
      encryptionKeys: [new Uint8Array(32).fill(1)],
      pollInterval: `${pollInterval}ms`,
      requestTimeout,
      clock: { now: () => Date.now() + time.ahead },
      random: () => 0.1,
    })
    return closing(new Instance(keys, store, time))
  }

  /** In milliseconds. */
  turnClock(ahead: number): void {
    this.#time.ahead = ahead
  }

  /** Signs and verifies, and asks the store for nothing. Polls read it now and then, so a time between two polls is found. */
  async signsAndVerifies(token: string): Promise<void> {
    await eventually(async () => {
      const { begun } = this.#store
      await expect(this.verifier.verify(token)).resolves.toBeDefined()
      const fresh = await this.tokens.issue({ sub: 'user-1' })
      await expect(this.verifier.verify(fresh)).resolves.toBeDefined()
      return this.#store.begun === begun
    })
  }

  next(event: 'refreshed' | 'refreshFailed' | 'storeReset'): Promise<unknown> {
    return once({ on: this.keys.on.bind(this.keys), once: this.keys.once.bind(this.keys) } as never, event)
  }

  close(): Promise<void> {
    return this.keys.close()
  }
}

/** Counts the reads of a store, those of polls included. */
class CountedStore {
  begun = 0
  readonly counted: KeyStore

  constructor(store: KeyStore) {
    const read: KeyStore['read'] = (options) => {
      this.begun += 1
      return store.read(options)
    }
    const { name, prefix } = store
    const write: KeyStore['write'] = (change, options) => store.write(change, options)
    const watch: Required<KeyStore>['watch'] = async (...args) =>
      (await store.watch?.(...args)) ?? (async () => undefined)
    this.counted = { name, prefix, read, write, watch }
  }
}

interface Scene {
  readonly server: RedisServer
  readonly proxy: TcpProxy
}

interface Outage {
  readonly begin: (scene: Scene) => void | Promise<void>
  readonly end: (scene: Scene) => void | Promise<void>
}

const outages: Readonly<Record<string, Outage>> = {
  'is killed': { begin: ({ server }) => server.kill(), end: ({ server }) => server.start() },
  'is suspended': { begin: ({ server }) => server.suspend(), end: ({ server }) => server.resume() },
  'cannot be reached': { begin: ({ proxy }) => proxy.refuse(), end: ({ proxy }) => proxy.accept() },
  'is behind a network that loses everything': {
    begin: ({ proxy }) => proxy.stall(),
    end: ({ proxy }) => {
      proxy.recover()
      proxy.cut()
    },
  },
}

const bothClients = Object.entries(clients).filter(([name]) => name.endsWith('6'))

describe.each(bothClients)('with a client of %s', (_, connect) => {
  async function instanceOn(server: RedisServer, requestTimeout?: Duration) {
    const proxy = closing(await TcpProxy.start(server.port))
    const app = closing(await connect(proxy.url))
    const prefix = newPrefix()
    const instance = await Instance.open(app, prefix, requestTimeout)
    await instance.keys.ensureKey({ alg: 'ES256', kid: 'orders' })
    const token = await instance.tokens.issue({ sub: 'user-1' })
    await instance.verifier.verify(token)
    return { proxy, app, prefix, instance, token, keys: instance.keys }
  }

  describe.each(Object.entries(outages))('a server that %s', (__, outage) => {
    it('stops no signing and verifying until the keys are too old, refuses changes, and is used again by itself', async () => {
      const server = await startServer(...lasting)
      const scene = await instanceOn(server, '1s')
      const { instance, keys, token } = scene
      const failed = instance.next('refreshFailed')
      await outage.begin({ server, ...scene })
      await instance.signsAndVerifies(token)
      await failed
      await instance.signsAndVerifies(token)
      expect(keys.health().state).toBe('stale')

      const changes = [
        keys.createKey({ alg: 'ES256', kid: 'users' }),
        keys.ensureKey({ alg: 'ES256', kid: 'users' }),
        keys.rotateKey('orders'),
        keys.destroyKey('orders'),
        keys.retain('orders', '1h'),
        keys.reencrypt(),
      ]
      for (const refusal of await Promise.all(changes.map(refusalOf)))
        expect(refusal).toMatchObject({ status: 503, headers: { 'Retry-After': expect.any(String) } })

      instance.turnClock(hour / 2)
      await instance.signsAndVerifies(token)
      instance.turnClock(hour + pollInterval)
      for (const attempt of [instance.verifier.verify(token), instance.tokens.issue({ sub: 'user-1' }), keys.jwks()])
        expect(await refusalOf(attempt)).toMatchObject({ status: 503, code: 'key_store_unavailable' })
      expect(keys.health().state).toBe('expired')

      const refreshed = instance.next('refreshed')
      await outage.end({ server, ...scene })
      await refreshed
      await instance.signsAndVerifies(token)
      expect(keys.health()).toMatchObject({ state: 'fresh', kids: ['orders.1'] })
      expect(instance.told.filter((event) => event === 'storeUnavailable')).toHaveLength(1)
      expect(instance.told).not.toContain('storeReset')
      await eventually(() => keys.rotateKey('orders').then(Boolean, () => false))
    })
  })

  /** Ways to lose keys. Each resolves when the store is there again, without them. */
  const losses: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
    async 'was flushed'({ server }) {
      const client = await clientOf(server.url)
      await client.flushAll()
      client.destroy()
    },
    async 'was started again without what it had'({ server }) {
      await server.kill()
      await server.start()
    },
    async 'was replaced by an empty one'({ proxy }) {
      proxy.leadTo((await startServer()).port)
    },
  }

  describe.each(Object.entries(losses))('a server that %s', (__, lose) => {
    it('leaves nothing to sign with; no instance makes a key by itself, and all of them ensure one', async () => {
      const server = await startServer()
      const scene = await instanceOn(server)
      const { app, prefix, instance, token, keys } = scene
      const other = await Instance.open(app, prefix)
      const rotation = new KeyRotation({ keys, kid: 'orders', every: '1d' })
      const failures: unknown[] = []
      rotation.on('rotationFailed', (error) => failures.push(error))
      await rotation.start()
      const resets = [instance.next('storeReset'), other.next('storeReset')]
      await lose({ server, ...scene })
      await Promise.all(resets)
      for (const { tokens, verifier, told } of [instance, other]) {
        await expect(tokens.issue({ sub: 'user-1' })).rejects.toMatchObject({ code: 'key_not_found' })
        await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
        expect(told).toContain('keyRemoved')
      }
      await rotation.advance()
      rotation.stop()
      expect(failures).toEqual([expect.objectContaining({ code: 'key_not_found' })])
      await keys.refresh()
      expect(keys.health().kids).toEqual([])

      const refs = await Promise.all(
        [instance, other].map((one) => one.keys.ensureKey({ alg: 'ES256', kid: 'orders' })),
      )
      expect(refs[0]?.fingerprint).toBe(refs[1]?.fingerprint)
      await instance.signsAndVerifies(await other.tokens.issue({ sub: 'user-1' }))
    })
  })

  describe('a failover to a replica', () => {
    async function withReplica() {
      const server = await startServer()
      await configure(server, 'repl-diskless-sync-delay', '0')
      const scene = await instanceOn(server)
      const replica = await startServer('--replicaof', '127.0.0.1', String(server.port))
      const client = await clientOf(replica.url)
      closing({ close: () => client.destroy() })
      await eventually(async () => (await client.info('replication')).includes('master_link_status:up'))
      return { ...scene, server, replica, client }
    }

    it('that has everything goes unnoticed, and takes writes once it was promoted', async () => {
      const { proxy, instance, token, keys, server, replica, client } = await withReplica()
      await server.kill()
      proxy.leadTo(replica.port)
      await instance.next('refreshed')
      await instance.signsAndVerifies(token)
      // It cannot be written before.
      expect(await refusalOf(keys.rotateKey('orders'))).toMatchObject({ status: 503 })
      await client.sendCommand(['REPLICAOF', 'NO', 'ONE'])
      expect(await keys.rotateKey('orders')).toMatchObject({ version: 2 })
      await instance.signsAndVerifies(token)
      expect(instance.told).not.toContain('storeReset')
    })

    it('that lacks the newest key takes it away from all instances', async () => {
      const { proxy, instance, token, keys, server, replica, client } = await withReplica()
      await eventually(async () => (await client.dbSize()) > 0)
      await client.sendCommand(['REPLICAOF', 'NO', 'ONE'])
      await keys.rotateKey('orders')
      const lost = await instance.tokens.issue({ sub: 'user-1' })
      const reset = instance.next('storeReset')
      await server.kill()
      proxy.leadTo(replica.port)
      await reset
      await eventually(() => keys.health().kids.length === 1)
      await expect(instance.verifier.verify(lost)).rejects.toMatchObject({ code: 'key_unknown' })
      await instance.signsAndVerifies(token)
      expect(instance.told).toContain('keyRemoved')
    })
  })
})

async function configure(server: RedisServer, name: string, value: string): Promise<void> {
  const client = await clientOf(server.url)
  await client.sendCommand(['CONFIG', 'SET', name, value])
  client.destroy()
}

/** The answer over HTTP to what an attempt rejects with. */
async function refusalOf(attempt: unknown): Promise<ReturnType<typeof refusalFor>> {
  const failure: unknown = await Promise.resolve(attempt).then(
    () => undefined,
    (error: unknown) => error,
  )
  return refusalFor(failure, { realm: 'api' })
}

// The first server may have to be installed.
beforeAll(async () => {
  await (await RedisServer.start()).close()
}, redisPatience)
