import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import supertest from 'supertest'
import {
  jwksHandler,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
  type VerifyJwtOptions,
} from '../src/index.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const keys = new LocalKeyProvider()
const tokens = new TokenIssuer({ keys, issuer, audience })
const failure = new Error('a fault of the host')
let token: string

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256' })
  token = await tokens.issue({ sub: 'user-1' })
})

function verifying(options: VerifyJwtOptions = {}): RequestHandler {
  return verifyJwt({ keys, issuer, audience, ...options })
}

/** Calls the middleware like a host without Express: with Node's own objects. */
function call(handler: RequestHandler, req: object, res: object | undefined, next: (error?: unknown) => void): void {
  handler(req as Request, res as Response, next as NextFunction)
}

/** A server without a framework. */
function serving(...handlers: RequestHandler[]): Server {
  return createServer((req: IncomingMessage, res: ServerResponse) => {
    const step = (index: number): void => {
      const handler = handlers[index]
      if (handler === undefined) return void res.end('ok')
      call(handler, req, res, (error) => {
        if (error === undefined) return step(index + 1)
        res.statusCode = (error as { status?: number }).status ?? 500
        res.end()
      })
    }
    step(0)
  })
}

/** Returns the arguments of `next` after `count` calls, and after enough time for one more call. */
async function nextCalls(
  handler: RequestHandler,
  count: number,
  { req = bearing(), next = () => undefined }: { req?: object; next?: (error?: unknown) => void } = {},
): Promise<unknown[]> {
  const calls: unknown[] = []
  await new Promise<void>((resolve) => {
    call(handler, req, {}, (error) => {
      if (calls.push(error) === count) resolve()
      next(error)
    })
  })
  for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  return calls
}

function bearing(): { headers: object } {
  return { headers: { authorization: `Bearer ${token}` } }
}

describe('the middleware with Node’s own response', () => {
  it.each<[string, RequestHandler[], string | undefined, number, string | undefined]>([
    ['a request without a token', [verifying()], undefined, 401, 'Bearer realm="api"'],
    ['a bad token', [verifying()], 'Bearer bad', 401, expect.stringContaining('error="invalid_token"')],
    ['a good token', [verifying()], 'good', 200, undefined],
    ['a token without the scope', [verifying(), requireScopes('a')], 'good', 403, expect.stringContaining('scope="a"')],
    [
      'a token that a predicate refuses',
      [verifying(), requireClaims(async () => false)],
      'good',
      403,
      expect.any(String),
    ],
  ])('answers %s', async (_what, handlers, authorization, expected, challenge) => {
    const asked = supertest(serving(...handlers)).get('/')
    if (authorization !== undefined)
      void asked.set('authorization', authorization === 'good' ? `Bearer ${token}` : authorization)
    const { status, headers } = await asked
    expect([status, headers['www-authenticate']]).toEqual([expected, challenge])
  })

  it.each([
    ['the JWKS', jwksHandler(keys), 'application/jwk-set+json'],
    ['the metadata', resourceMetadataHandler({ keys, issuer, audience }), 'application/json'],
  ])('serves %s', async (_what, handler, mediaType) => {
    const { status, headers } = await supertest(serving(handler)).get('/')
    expect([status, headers['content-type']]).toEqual([200, mediaType])
  })
})

describe('the middleware with a stand-in for a response', () => {
  it.each([
    ['an empty object', {}],
    ['undefined', undefined],
  ])('calls next() with the refusal if the response is %s', (_what, res) => {
    const next = jest.fn()
    call(verifying(), { headers: {} }, res, next)
    expect(next.mock.calls).toEqual([[expect.objectContaining({ status: 401 })]])
  })
})

describe('the middleware with a host that fails', () => {
  const waiting = (): RequestHandler => verifying({ isRevoked: async () => false })

  it('passes an error that `next` throws after a wait to `next`, the host’s error path', async () => {
    const next = (error?: unknown): void => {
      if (error === undefined) throw failure
    }
    expect(await nextCalls(waiting(), 2, { next })).toEqual([undefined, failure])
  })

  it('passes an error to `next` if a property of the request cannot be set', async () => {
    const req = Object.defineProperty(bearing(), 'auth', { get: () => 'of another package' })
    expect(await nextCalls(waiting(), 1, { req })).toEqual([expect.any(TypeError)])
  })

  it('passes an error to `next` if the request is frozen', async () => {
    expect(await nextCalls(waiting(), 1, { req: Object.freeze(bearing()) })).toEqual([expect.any(TypeError)])
  })

  it('answers 500 and emits a warning if every `next` throws', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    const next = (): void => {
      throw failure
    }
    for (const revoked of [false, true]) {
      const handler = verifying({ isRevoked: async () => revoked })
      const server = createServer((req, res) => call(handler, req, res, next))
      expect((await supertest(server).get('/').auth(token, { type: 'bearer' })).status).toBe(500)
    }
    expect(warn.mock.calls).toEqual([[failure], [failure]])
    warn.mockRestore()
  })

  it('passes a publisher’s failure to `next`, always as an Error', async () => {
    for (const reason of [failure, undefined]) {
      const publisher = { publishedJwks: () => Promise.reject(reason), nextKeyChange: () => Infinity }
      const calls = await nextCalls(jwksHandler(publisher), 1, { req: { method: 'GET' } })
      expect(calls).toEqual([reason ?? expect.any(Error)])
    }
  })
})
