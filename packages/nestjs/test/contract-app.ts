import {
  type ContractAppOptions,
  contractBackChannel,
  contractGuards,
  contractMaxHeaderSize,
  createContractServer,
  type RunningApp,
  shownAuth,
  shownError,
} from '@bearerkit/testing/contract'
import { type ArgumentsHost, Catch, type ExceptionFilter, type INestApplication, Module } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import {
  type AuthContext,
  introspectionHandler,
  jwksHandler,
  logoutHandler,
  RequestRefusedException,
  requireAnyScope,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  revocationHandler,
  verifyJwt,
} from '../src/index.ts'
import { controllerWith, type Route } from './controller.ts'

export async function startOnExpress(options: ContractAppOptions): Promise<RunningApp> {
  const instance = express()
  const app = await appFor(options, new ExpressAdapter(instance))
  await app.init()
  const server = createContractServer(options, instance)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await app.close()
    },
  }
}

export async function startOnFastify(options: ContractAppOptions): Promise<RunningApp> {
  const http = { maxHeaderSize: contractMaxHeaderSize }
  const { tls } = options
  const adapter = new FastifyAdapter(tls === undefined ? { http } : ({ https: { ...http, ...tls } } as object))
  const app = await appFor(options, adapter)
  await app.listen(0, '127.0.0.1')
  return { server: app.getHttpServer() as RunningApp['server'], close: () => app.close() }
}

async function appFor(options: ContractAppOptions, adapter: AbstractHttpAdapter): Promise<INestApplication> {
  const { verify, keys, jwks, metadata, backChannel, parsesForms, ownErrorHandler } = options
  class Api {}
  Module({ controllers: [controllerWith(routesFor(options))] })(Api)
  const app = await NestFactory.create(Api, adapter, { logger: false, abortOnError: false, bodyParser: parsesForms })
  app.use('/.well-known/jwks.json', jwksHandler(keys, jwks))
  if (metadata !== undefined)
    app.use('/.well-known/oauth-protected-resource/mcp', resourceMetadataHandler(verify, metadata))
  const handlers = { revocationHandler, introspectionHandler, logoutHandler }
  for (const [path, handler] of contractBackChannel(handlers, backChannel)) app.use(path, handler)
  if (ownErrorHandler) app.useGlobalFilters(new ShowError(adapter))
  return app
}

function routesFor({ verify, predicate }: ContractAppOptions): readonly Route[] {
  const authenticate = verifyJwt(verify)
  const guards = contractGuards(
    { requireScopes, requireAnyScope, requireClaims, requireAuthentication, requireAuthorizationDetails },
    predicate,
  )
  return [
    { path: '/public', guards: [], answer: () => '{"public":true}' },
    { path: '/me', guards: [authenticate], answer: showAuth },
    ...guards.flatMap(([path, guard]) => [
      { path, guards: [authenticate, guard], answer: showAuth },
      { path: `/unguarded${path}`, guards: [guard], answer: showAuth },
    ]),
  ]
}

function showAuth(auth: AuthContext | undefined): string {
  return JSON.stringify(shownAuth(auth))
}

/** An exception filter of the application. */
class ShowError implements ExceptionFilter {
  readonly #adapter: AbstractHttpAdapter

  constructor(adapter: AbstractHttpAdapter) {
    this.#adapter = adapter
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const error = exception instanceof RequestRefusedException ? exception.refusal : exception
    const response = host.switchToHttp().getResponse<object>()
    if (this.#adapter.isHeadersSent(response)) return
    this.#adapter.reply(response, shownError(error), (error as { status?: number }).status ?? 500)
  }
}
Catch()(ShowError)
