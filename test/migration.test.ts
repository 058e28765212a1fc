import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createTestIssuer } from '@bearerkit/testing'
import { root } from './documented-examples.ts'
import type { App, AskedRequest, Cast, Question, Step } from './migration/step.ts'
import { fromAwsJwtVerify } from './migration/steps/aws-jwt-verify.ts'
import { fromExpressJwt } from './migration/steps/express-jwt.ts'
import { fromExpressOauth2JwtBearer } from './migration/steps/express-oauth2-jwt-bearer.ts'
import { fromFastifyJwtJwks } from './migration/steps/fastify-jwt-jwks.ts'
import { fromFastifyJwt } from './migration/steps/fastify-jwt.ts'
import { fromGetJwks } from './migration/steps/get-jwks.ts'
import { fromJwksRsa } from './migration/steps/jwks-rsa.ts'
import { keysAndTokens } from './migration/steps/keys-and-tokens.ts'
import { fromKoaJwt } from './migration/steps/koa-jwt.ts'
import { fromPassportJwt } from './migration/steps/passport-jwt.ts'

/** By the heading of each table's first column. */
const steps: Readonly<Record<string, readonly Step[]>> = {
  'express-oauth2-jwt-bearer': fromExpressOauth2JwtBearer,
  'express-jwt': fromExpressJwt,
  'jwks-rsa': fromJwksRsa,
  'passport-jwt': fromPassportJwt,
  'koa-jwt': fromKoaJwt,
  'fastify-jwt-jwks': fromFastifyJwtJwks,
  '@fastify/jwt': fromFastifyJwt,
  'get-jwks': fromGetJwks,
  'aws-jwt-verify': fromAwsJwtVerify,
  'keys and tokens': keysAndTokens,
}

let cast: Cast

beforeAll(async () => {
  const issuer = await createTestIssuer({ alg: 'RS256' })
  const other = await createTestIssuer({ alg: 'RS256' })
  const jwk = await issuer.keys.getPublicJwk('test')
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
  cast = { issuer, other, pem, kid: String(jwk.kid) }
})

afterAll(() => Promise.all([cast.issuer.close(), cast.other.close()]))

interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Running {
  ask(request: AskedRequest): Promise<Answer>
  close(): Promise<void>
}

async function start({ handle, close }: App): Promise<Running> {
  const server: Server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    async ask({ path = '/', proof, ...request }) {
      const headers = { ...request.headers, ...proof?.(origin) }
      const response = await fetch(origin + path, { ...request, headers })
      const body = await response.text()
      return { status: response.status, body: response.ok ? (JSON.parse(body) as unknown) : undefined }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await close?.()
    },
  }
}

/** Puts a question to the former app and to the migrated one. */
async function put([what, makeRequest, there, here = there]: Question, apps: readonly Running[]): Promise<void> {
  const request = await makeRequest(cast)
  const [former, migrated] = await Promise.all(apps.map((app) => app.ask(request)))
  expect({ what, there: former?.status, here: migrated?.status }).toEqual({ what, there, here })
  if (there === 200 && here === 200) expect({ what, caller: migrated?.body }).toEqual({ what, caller: former?.body })
}

describe.each(Object.entries(steps))('an app that comes from %s', (_, rows) => {
  const running: Running[] = []

  afterEach(async () => {
    cast.issuer.recover()
    await Promise.all(running.splice(0).map((app) => app.close()))
  })

  test.each(rows.map((step) => [step.there, step] as const))(
    'answers as documented: %s',
    async (_there, { theirs, ours, asked }) => {
      for (const make of [theirs, ours]) running.push(await start(await make(cast)))
      for (const question of asked) await put(question, running)
    },
  )
})

/** The first cells of the rows of each table, by the heading of the first column. */
function documentedSteps(): Record<string, string[]> {
  const page = ['migrating', 'migrating-fastify']
    .map((name) => readFileSync(join(root, `docs/${name}.md`), 'utf8'))
    .join()
  const tables = [...page.matchAll(/^\| (.*?) +\| here .*\n\| -.*\n((?:\|.*\n)+)/gm)]
  return Object.fromEntries(
    tables.map(([, heading, rows]) => [
      String(heading),
      [...String(rows).matchAll(/^\| (.*?) +\|/gm)].map(([, there]) => String(there)),
    ]),
  )
}

test('every documented step is a test, and every test is documented', () => {
  const tested = Object.fromEntries(Object.entries(steps).map(([name, rows]) => [name, rows.map(({ there }) => there)]))
  expect(documentedSteps()).toEqual(tested)
})
