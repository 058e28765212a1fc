import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RedisServer } from '../../../../test/support/redis-server.ts'
import { Program } from '../../../core/test/support/program.ts'
import { quickTemporary } from '../../../core/test/support/temporary.ts'
import { newPrefix } from '../setting.ts'
import { RemoteObject } from './processes.ts'
import type { Service, ServiceOptions } from './service.ts'
import type { StoreOfService } from './store-of-service.ts'

export type Instance = RemoteObject<Service>

/** Stands for 32 random bytes. */
export const encryptionKey = Buffer.alloc(32, 1).toString('base64url')
export const otherEncryptionKey = Buffer.alloc(32, 2).toString('base64url')

/** Real processes of a service, and a Redis server and folders for them. */
export class Processes {
  readonly redis: RedisServer
  readonly #program: Program
  readonly #folders: string[] = []

  private constructor(program: Program, redis: RedisServer) {
    this.#program = program
    this.redis = redis
  }

  static async prepare(): Promise<Processes> {
    return new Processes(await Program.at(join(__dirname, 'service.ts')), await RedisServer.start())
  }

  async folder(): Promise<StoreOfService> {
    const folder = await mkdtemp(join(quickTemporary, 'bearerkit-'))
    this.#folders.push(folder)
    return { folder: join(folder, 'keys') }
  }

  /** A store of its own in Redis, for several instances. */
  redisStore({ client = 'redis 6', url = this.redis.url } = {}): Extract<StoreOfService, { prefix: string }> {
    return { url, client, prefix: newPrefix() }
  }

  async open(options: Omit<ServiceOptions, 'encryptionKeys'> & Partial<ServiceOptions>): Promise<Instance> {
    const instance: Instance = new RemoteObject(this.#program.start())
    // A busy machine takes its time.
    await instance.open({ encryptionKeys: [encryptionKey], requestTimeout: '60s', ...options })
    return instance
  }

  /** Opens instances at the same time. */
  openMany(count: number, options: Parameters<Processes['open']>[0]): Promise<Instance[]> {
    return Promise.all(Array.from({ length: count }, () => this.open(options)))
  }

  async close(): Promise<void> {
    await this.#program.close()
    await this.redis.close()
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 10 })))
  }
}

/** Where the keys of several processes can be, without a change of the cases. */
export const storeKinds: Readonly<Record<string, (processes: Processes) => Promise<StoreOfService>>> = {
  'a folder': (processes) => processes.folder(),
  'Redis, over a client of redis': async (processes) => processes.redisStore(),
  'Redis, over a client of ioredis': async (processes) => processes.redisStore({ client: 'ioredis 6' }),
}
