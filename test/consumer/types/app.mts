import { createServer } from 'node:http'
import { RequestRefusedError, TokenVerifier, type VerifierOptions } from '@bearerkit/core'
import { requireScopes, verifyJwt } from '@bearerkit/express'
import { verifyJwt as fastifyVerifyJwt } from '@bearerkit/fastify'
import { verifyJwt as koaVerifyJwt } from '@bearerkit/koa'
import { createTestIssuer, type TestIssuer, testIssuer } from '@bearerkit/testing'
import { describeAdapter, type StartContractApp } from '@bearerkit/testing/contract'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

declare module '@bearerkit/core' {
  interface Register {
    claims: { tenant: string }
  }
}

const options: VerifierOptions = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }

const onExpress = express()
onExpress.use(verifyJwt(options))
onExpress.get('/', requireScopes('reports:read'), (req, res) => {
  const { tenant } = req.auth.claims
  res.json(tenant satisfies string)
})

const onKoa = new Koa()
onKoa.use(koaVerifyJwt(options)).use((ctx) => {
  ctx.body = ctx.state.auth.claims.tenant satisfies string
})

const onFastify = fastify()
void onFastify.register(fastifyVerifyJwt, options)
onFastify.get('/', async (request) => request.auth.claims.tenant satisfies string)

export const servers = [createServer(onExpress), onFastify.server]

export async function claimsOf(issuer: TestIssuer): Promise<string> {
  const { claims } = await new TokenVerifier(options).verify(await issuer.issue())
  // @ts-expect-error: the declarations are found, so a mistake is an error
  return claims.sub satisfies number
}

export const isRefusal = (error: unknown): boolean => error instanceof RequestRefusedError
export const issuer: Promise<TestIssuer> = createTestIssuer()

export async function headersInMemory(): Promise<Record<string, string>> {
  const own = await testIssuer()
  onExpress.use(verifyJwt(own.verifierOptions({ audience: 'api' })))
  return own.authorization({ scope: 'reports:read' }, { dpop: { url: 'http://localhost/' } })
}

export const suite = (start: StartContractApp): void => describeAdapter('another framework', start)
