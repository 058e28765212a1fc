import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import type { FastifyInstance, InjectOptions } from 'fastify'
import type { VerifyJwtOptions } from '../src/index.ts'

export const issuer = 'https://issuer.example.com'
export const audience = 'https://api.example.com'
export const keys = new LocalKeyProvider()
const tokens = new TokenIssuer({ keys, issuer, audience })

/** A good token, with the scope `reports:read`. */
export async function goodToken(): Promise<string> {
  if ((await keys.jwks()).keys.length === 0) await keys.createKey({ alg: 'ES256' })
  return tokens.issue({ sub: 'user-1', scope: 'reports:read' })
}

export function verification(options: VerifyJwtOptions = {}): VerifyJwtOptions {
  return { keys, issuer, audience, ...options }
}

export async function ok(): Promise<string> {
  return 'ok'
}

export async function statusOf(
  app: FastifyInstance,
  url: string,
  bearer?: string,
  more: InjectOptions = {},
): Promise<number> {
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
  return (await app.inject({ url, ...more, headers: { ...more.headers, ...headers } })).statusCode
}

/** Returns the statuses of a route without a token and with a good one. */
export async function statusesOf(app: FastifyInstance, url: string): Promise<[number, number]> {
  return [await statusOf(app, url), await statusOf(app, url, await goodToken())]
}
