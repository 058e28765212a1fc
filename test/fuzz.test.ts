import { generateKeyPairSync, sign } from 'node:crypto'
import { Agent, createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Authenticator, LocalKeyProvider, RequestRefusedError, TokenIssuer } from '@bearerkit/core'
import { verifyJwt as expressVerifyJwt } from '@bearerkit/express'
import { verifyJwt as fastifyVerifyJwt } from '@bearerkit/fastify'
import { verifyJwt as koaVerifyJwt } from '@bearerkit/koa'
import express from 'express'
import * as fc from 'fast-check'
import fastify from 'fastify'
import Koa from 'koa'
import { type Mutant, mutantsOf } from './fuzz/mutants.ts'

/** Set `FUZZ_RUNS=200000` for a long run, and `FUZZ_SEED` for another seed. */
const total = Number(process.env['FUZZ_RUNS'] ?? 1500)
const seed = Number(process.env['FUZZ_SEED'] ?? 6750)
const throughEachAdapter = Math.ceil(total / 20)
const throughCore = total - 3 * throughEachAdapter
const timeout = Math.max(30_000, total * 10)

/** The only allowed answers to a forged token. */
const refusals = new Map<string, number>([
  ['Bearer realm="api"', 401],
  ['Bearer realm="api", error="invalid_request", error_description="The credentials are malformed"', 400],
  ['Bearer realm="api", error="invalid_request", error_description="There is more than one access token"', 400],
  ['Bearer realm="api", error="invalid_token", error_description="The access token is invalid"', 401],
])

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const keys = new LocalKeyProvider()
const verification = { keys, issuer, audience }
const { privateKey: forgersKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let token: string
let mutants: fc.Arbitrary<Mutant>

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256', kid: 'fuzz' })
  token = await new TokenIssuer({ keys, issuer, audience, expiresIn: '1h' }).issue({ sub: 'user-1', scope: 'read' })
  mutants = mutantsOf(token, forgedSignature)
})

function forgedSignature(signingInput: string): string {
  return sign('sha256', Buffer.from(signingInput), { key: forgersKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

interface Answer {
  readonly status: number
  readonly challenge: string | undefined
}

/** Sends mutants until there were enough, or until one is not refused as in the status table. */
async function fuzz(numRuns: number, answerTo: (mutant: Mutant) => Promise<Answer>): Promise<void> {
  expect(await answerTo([`Bearer ${token}`])).toEqual({ status: 200, challenge: undefined })
  const seen = new Set<string>()
  const property = fc.asyncProperty(mutants, async (mutant) => {
    const { status, challenge = '' } = await answerTo(mutant)
    if (refusals.get(challenge) !== status) throw new Error(`answered with ${status} ${challenge}`)
    seen.add(challenge)
  })
  await fc.assert(property, { numRuns, seed })
  expect([...seen].toSorted()).toEqual([...refusals.keys()].toSorted())
}

test(
  `core refuses each of ${throughCore} mutants as in the status table (seed ${seed})`,
  () => {
    const authenticator = new Authenticator(verification)
    return fuzz(throughCore, (lines) => {
      const rawHeaders = lines.flatMap((line) => ['Authorization', line])
      return new Promise((resolve, reject) => {
        authenticator.authenticate(
          { method: 'GET', headers: { authorization: lines[0] }, rawHeaders },
          {
            pass: () => resolve({ status: 200, challenge: undefined }),
            refuse: (error) =>
              error instanceof RequestRefusedError
                ? resolve({ status: error.status, challenge: String(error.headers['WWW-Authenticate']) })
                : reject(error),
          },
        )
      })
    })
  },
  timeout,
)

const adapters: Readonly<Record<string, () => Promise<RequestListener>>> = {
  express: async () => {
    const app = express()
    app.use(expressVerifyJwt(verification))
    app.use((_req, res) => void res.send('through'))
    return app as RequestListener
  },
  koa: async () => {
    const app = new Koa()
    app.use(koaVerifyJwt(verification))
    app.use((ctx) => {
      ctx.body = 'through'
    })
    const handle = app.callback()
    return (request, response) => void handle(request, response)
  },
  fastify: async () => {
    const app = fastify()
    await app.register(fastifyVerifyJwt, verification)
    app.get('/', async () => 'through')
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

describe.each(Object.entries(adapters))('%s', (_name, listener) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let server: Server

  beforeAll(async () => {
    server = createServer(await listener())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterAll(async () => {
    agent.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  test(
    `refuses each of ${throughEachAdapter} mutants over a socket as in the status table (seed ${seed})`,
    () => fuzz(throughEachAdapter, (lines) => ask(server, agent, lines.map(sendable))),
    timeout,
  )
})

/** Replaces the characters that Node's client refuses to send. */
function sendable(line: string): string {
  return line.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')
}

async function ask(server: Server, agent: Agent, lines: readonly string[]): Promise<Answer> {
  const { port } = server.address() as AddressInfo
  const headers = ['Host', `127.0.0.1:${port}`, ...lines.flatMap((line) => ['Authorization', line])]
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, agent, headers }, (response) => {
      const { statusCode = 0, headers: answered } = response
      response.resume().once('end', () => resolve({ status: statusCode, challenge: answered['www-authenticate'] }))
    })
      .once('error', reject)
      .end()
  })
}
