import { RemoteJwksKeyProvider, Revocations, StoredKeyProvider, type VerifierOptions } from '@bearerkit/core'
import { redisReplayStore, redisStore } from '@bearerkit/redis'
import { answerCalls } from '../../../packages/redis/test/fleet/calls.ts'
import { clients } from '../../../packages/redis/test/clients.ts'
import * as deployment from '../deployment.ts'
import { apps } from './apps.ts'
import { type Measurement, Measurements } from './measurements.ts'

export interface ServerOptions {
  readonly framework: deployment.FrameworkName
  readonly store: deployment.SharedStore
  /** The library that connects to Redis. */
  readonly client: string
  readonly foreignIssuer: string
  /** In milliseconds. */
  readonly staleIfError: number
  /** How long Redis may take for one use of a proof, in milliseconds. */
  readonly storeTimeout: number
  /** Options that give up a check, to prove that the soak notices it. */
  readonly weakness: Weakness | undefined
}

export type Weakness = keyof typeof weaknesses

const weaknesses = {
  'accepts expired tokens': { clockTolerance: '1d' },
  'ignores revocations': { isRevoked: undefined },
  'knows no DPoP': { dpop: false },
} as const satisfies Readonly<Record<string, VerifierOptions>>

/** A protected server in a process of its own, as one of several instances of a service. */
export class Server {
  readonly #port: number
  readonly #measurements = new Measurements()

  private constructor(port: number) {
    this.#port = port
  }

  static async open({ framework, store, client, ...options }: ServerOptions): Promise<Server> {
    const connection = await clients[client]?.(store.url)
    if (connection === undefined) throw new Error(`there is no client ${client}`)
    const records = (name: string) => redisStore(connection.client, { prefix: `${store.prefix}${name}:` })
    const foreign = new RemoteJwksKeyProvider({
      issuer: options.foreignIssuer,
      userAgent: framework,
      cacheTtl: `${deployment.cacheTtl}ms`,
      requestTimeout: `${deployment.requestTimeout}ms`,
      staleIfError: `${options.staleIfError}ms`,
    })
    await foreign.ready()
    const { encryptionKeys, ownIssuer, publicUrl, audience, clockTolerance } = deployment
    const own = await StoredKeyProvider.open({ store: records('keys'), encryptionKeys })
    const replay = redisReplayStore(connection.client, {
      prefix: `${store.prefix}replay:`,
      requestTimeout: `${options.storeTimeout}ms`,
    })
    const port = await apps[framework]({
      issuers: [
        { issuer: options.foreignIssuer, keys: foreign },
        { issuer: ownIssuer, keys: own },
      ],
      audience,
      clockTolerance: `${clockTolerance}ms`,
      dpop: { publicUrl, replay },
      isRevoked: await Revocations.open({ store: records('revoked'), longestTokenLifetime: '1h' }),
      ...(options.weakness !== undefined && weaknesses[options.weakness]),
    })
    return new Server(port)
  }

  port(): number {
    return this.#port
  }

  begin(): void {
    this.#measurements.begin()
  }

  measure(): Measurement {
    return this.#measurements.take()
  }
}

answerCalls((options) => Server.open(options))
