import { type AddressInfo } from 'node:net'
import { StoredKeyProvider, TokenIssuer } from '@bearerkit/core'
import { jwksHandler as expressJwks, verifyJwt as expressVerify } from '@bearerkit/express'
import { jwksHandler as fastifyJwks, verifyJwt as fastifyVerify } from '@bearerkit/fastify'
import express from 'express'
import fastify from 'fastify'
import { redisStore } from '../../src/index.ts'
import { clients } from '../clients.ts'
import { answerCalls } from './calls.ts'

export interface ServerOptions {
  readonly framework: keyof typeof frameworks
  readonly url: string
  readonly client: string
  readonly prefix: string
}

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'

const frameworks = {
  async express(keys: StoredKeyProvider) {
    const tokens = new TokenIssuer({ keys, issuer, audience })
    const app = express()
    app.get('/.well-known/jwks.json', expressJwks(keys))
    app.post('/token', async (_req, res) => void res.send(await tokens.issue({ sub: 'user-1' })))
    app.use(expressVerify({ keys, issuer, audience }))
    app.get('/me', (req, res) => void res.json(req.auth.claims))
    return new Promise<number>((resolve) => {
      const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  },
  async fastify(keys: StoredKeyProvider) {
    const tokens = new TokenIssuer({ keys, issuer, audience })
    const app = fastify()
    app.get('/.well-known/jwks.json', fastifyJwks(keys))
    app.post('/token', async () => tokens.issue({ sub: 'user-1' }))
    await app.register(async (api) => {
      await api.register(fastifyVerify, { keys, issuer, audience })
      api.get('/me', async (request) => request.auth.claims)
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return (app.server.address() as AddressInfo).port
  },
}

/** A server of a service, in a process of its own. */
export class Server {
  readonly #port: number

  private constructor(port: number) {
    this.#port = port
  }

  static async open({ framework, url, client, prefix }: ServerOptions): Promise<Server> {
    const app = await clients[client]?.(url)
    if (app === undefined) throw new Error(`there is no client ${client}`)
    const keys = await StoredKeyProvider.open({
      store: redisStore(app.client, { prefix }),
      encryptionKeys: [new Uint8Array(32).fill(1)],
      pollInterval: '100ms',
      requestTimeout: '500ms',
    })
    await keys.ensureKey({ alg: 'ES256', kid: 'orders' })
    return new Server(await frameworks[framework](keys))
  }

  url(): string {
    return `http://127.0.0.1:${this.#port}`
  }
}

answerCalls((options) => Server.open(options))
