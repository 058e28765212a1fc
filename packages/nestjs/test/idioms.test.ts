import type { Server } from 'node:http'
import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import {
  type ArgumentsHost,
  Catch,
  type ExecutionContext,
  type ExceptionFilter,
  HttpException,
  type INestApplication,
  Module,
} from '@nestjs/common'
import { type AbstractHttpAdapter, APP_GUARD, NestFactory } from '@nestjs/core'
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import supertest from 'supertest'
import {
  type AuthContext,
  jwksHandler,
  Public,
  type RequestRefusedException,
  requireScopes,
  verifyJwt,
  type VerifyJwtOptions,
} from '../src/index.ts'
import { controllerWith, type Route } from './controller.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const keys = new LocalKeyProvider()
let token: string

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256' })
  token = await new TokenIssuer({ keys, issuer, audience }).issue({ sub: 'user-1', scope: 'reports:read' })
})

function verifying(options: VerifyJwtOptions = {}): ReturnType<typeof verifyJwt> {
  return verifyJwt({ keys, issuer, audience, ...options })
}

function subjectOf(auth: AuthContext | undefined): string {
  return auth?.claims.sub ?? 'anybody'
}

const routes: readonly Route[] = [
  { path: '/me', guards: [], answer: subjectOf },
  { path: '/reports', guards: [requireScopes('reports:read')], answer: subjectOf },
  { path: '/admin', guards: [requireScopes('admin')], answer: subjectOf },
  { path: '/health', guards: [], answer: subjectOf, decorators: [Public()] },
  { path: '/mistake', guards: [requireScopes('admin')], answer: subjectOf, decorators: [Public()] },
]

describe.each<[string, () => AbstractHttpAdapter]>([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('a global guard on %s', (_name, adapter) => {
  let app: INestApplication

  async function start(options: VerifyJwtOptions = {}, ...filters: ExceptionFilter[]): Promise<void> {
    class Api {}
    Module({
      controllers: [controllerWith(routes)],
      providers: [{ provide: APP_GUARD, useValue: verifying(options) }],
    })(Api)
    app = await NestFactory.create(Api, adapter(), { logger: false, abortOnError: false })
    app.use('/jwks', jwksHandler(keys))
    app.useGlobalFilters(...filters)
    await app.listen(0, '127.0.0.1')
  }

  afterEach(() => app.close())

  async function ask(path: string, authorization = `Bearer ${token}`): Promise<supertest.Response> {
    return supertest(app.getHttpServer() as Server)
      .get(path)
      .set('authorization', authorization)
  }

  it('gives handlers the auth context', async () => {
    await start()
    for (const path of ['/me', '/reports']) {
      const { status, text } = await ask(path)
      expect([path, status, text]).toEqual([path, 200, 'user-1'])
    }
  })

  it('answers a refused request in the form of Nest, with its challenge', async () => {
    await start()
    const { status, body, headers } = await ask('/admin')
    expect([status, body]).toEqual([
      403,
      {
        statusCode: 403,
        error: 'insufficient_scope',
        message: 'The access token does not have the required scope',
      },
    ])
    expect(headers['www-authenticate']).toContain('scope="admin"')
  })

  it('exempts handlers with @Public(), also from bad tokens', async () => {
    await start()
    for (const authorization of ['', 'Bearer bad', `Bearer ${token}`])
      expect((await ask('/health', authorization)).text).toBe('anybody')
  })

  it('fails visibly if a guard is on a handler with @Public()', async () => {
    await start()
    expect((await ask('/mistake')).status).toBe(500)
  })

  it('serves the JWKS', async () => {
    await start()
    const { status, headers } = await ask('/jwks', '')
    expect([status, headers['content-type']]).toEqual([200, 'application/jwk-set+json'])
  })

  it('sets the configured property of the request', async () => {
    await start({ property: 'caller', mode: 'optional' })
    expect((await ask('/me')).text).toBe('user-1')
    expect((await ask('/me', '')).text).toBe('anybody')
  })

  it('lets exception filters for HttpException see the refusal', async () => {
    class Filter implements ExceptionFilter<HttpException> {
      catch(exception: HttpException, host: ArgumentsHost): void {
        const { refusal } = exception as RequestRefusedException
        const seen = [exception.getStatus(), refusal.code, refusal.reason]
        app.getHttpAdapter().reply(host.switchToHttp().getResponse(), seen, 401)
      }
    }
    Catch(HttpException)(Filter)
    await start({ audience: 'another' }, new Filter())
    const { body, headers } = await ask('/me')
    expect(body).toEqual([401, 'token_invalid', 'audience_mismatch'])
    expect(headers['www-authenticate']).toContain('error="invalid_token"')
  })
})

describe('a guard outside of HTTP', () => {
  function contextOf(type: string, ...args: unknown[]): ExecutionContext {
    const context = new ExecutionContextHost(args, class {}, () => undefined)
    context.setType(type)
    return context
  }

  it('finds the request in the context of a GraphQL operation', async () => {
    const req = { headers: { authorization: `Bearer ${token}` } }
    const guard = verifying()
    const context = contextOf('graphql', {}, {}, { req })
    expect(await guard.canActivate(context)).toBe(true)
    expect(guard.authOf(context)).toMatchObject({ claims: { sub: 'user-1' } })
    await expect(guard.canActivate(contextOf('graphql', {}, {}, { req: { headers: {} } }))).rejects.toMatchObject({
      refusal: { code: 'credentials_missing' },
    })
  })

  it.each(['rpc', 'ws', 'graphql'])('never lets a context of the type %s pass without a request', async (type) => {
    const passing = async (): Promise<unknown> => verifying({ mode: 'optional' }).canActivate(contextOf(type, {}, {}))
    await expect(passing()).rejects.toMatchObject({ name: 'ConfigurationError' })
  })
})
