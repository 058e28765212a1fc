import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import Router from '@koa/router'
import Koa3, { type Context, type Middleware } from 'koa'
import Koa2 from 'koa2'
import supertest from 'supertest'
import {
  authOf,
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
let token: string

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256' })
  token = await tokens.issue({ sub: 'user-1', scope: 'reports:read' })
})

function verifying(options: VerifyJwtOptions = {}): ReturnType<typeof verifyJwt> {
  return verifyJwt({ keys, issuer, audience, ...options })
}

function ok(ctx: Context): void {
  ctx.body = 'ok'
}

describe.each([
  ['Koa 3', Koa3],
  ['Koa 2', Koa2],
])('verifyJwt in %s', (_, Koa) => {
  /** Creates an app and collects the errors that it emits. */
  function appOf(...middleware: Middleware[]): { app: Koa3; errors: unknown[] } {
    const app = new Koa()
    const errors: unknown[] = []
    app.on('error', (error) => errors.push(error))
    for (const one of middleware) app.use(one)
    return { app, errors }
  }

  function asked(app: Koa3, path = '/', authorization?: string): supertest.Test {
    const request = supertest(app.callback()).get(path)
    return authorization === undefined ? request : request.set('authorization', authorization)
  }

  function routesOf(router: Router): Middleware {
    return router.routes() as unknown as Middleware
  }

  it.each<[string, () => Middleware[]]>([
    [
      'a router',
      () => [routesOf(new Router().get('/open', ok)), routesOf(new Router().use(verifying()).get('/api/x', ok))],
    ],
    ['a path of a router', () => [routesOf(new Router().use('/api', verifying()).get('/api/x', ok).get('/open', ok))]],
    ['a route', () => [routesOf(new Router().get('/api/x', verifying(), ok).get('/open', ok))]],
    [
      'a route with a guard',
      () => [routesOf(new Router().get('/api/x', verifying(), requireScopes('reports:read'), ok).get('/open', ok))],
    ],
    [
      'a nested router',
      () => {
        const inner = new Router().get('/x', ok)
        return [routesOf(new Router().get('/open', ok).use('/api', verifying(), inner.routes()))]
      },
    ],
  ])('works with @koa/router when it is mounted on %s', async (_where, middleware) => {
    const { app } = appOf(...middleware())
    expect((await asked(app, '/api/x')).status).toBe(401)
    expect((await asked(app, '/api/x', `Bearer ${token}`)).status).toBe(200)
    expect((await asked(app, '/open')).status).toBe(200)
  })

  it('forgets a resolved issuer immediately, including its cached tokens', async () => {
    let isKnown = true
    const middleware = verifyJwt({ audience, resolveIssuer: () => (isKnown ? { keys } : undefined) })
    const { app } = appOf(middleware, ok)
    expect((await asked(app, '/', `Bearer ${token}`)).status).toBe(200)
    isKnown = false
    expect((await asked(app, '/', `Bearer ${token}`)).status).toBe(200)
    middleware.forgetIssuer(issuer)
    expect((await asked(app, '/', `Bearer ${token}`)).status).toBe(401)
  })

  it('throws like ctx.throw: the message becomes the body, and its headers are sent', async () => {
    const { app, errors } = appOf(
      async (ctx, next) => {
        ctx.set('X-Before', 'dropped, as Koa does with errors')
        await next()
      },
      verifying(),
      ok,
    )
    const { status, text, headers } = await asked(app, '/', 'Bearer bad')
    expect([status, text]).toEqual([401, 'The access token is invalid'])
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="api", error="invalid_token"/)
    expect(headers).not.toHaveProperty('x-before')
    expect(errors).toEqual([expect.objectContaining({ status: 401, expose: true, reason: 'token_malformed' })])
  })

  it('hides the message of an outage and gives the log its cause', async () => {
    const cause = new Error('the store at 10.0.0.1 is down')
    const { app, errors } = appOf(verifying({ isRevoked: () => Promise.reject(cause) }), ok)
    const { status, text, headers } = await asked(app, '/', `Bearer ${token}`)
    expect([status, text]).toEqual([503, 'Service Unavailable'])
    expect(headers['retry-after']).toMatch(/^\d+$/)
    expect(errors).toEqual([expect.objectContaining({ expose: false, cause: expect.objectContaining({ cause }) })])
  })

  it('makes Koa log one line for an outage', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation()
    const app = new Koa().use(verifying({ isRevoked: () => Promise.reject(new Error('the store is down')) }))
    await asked(app, '/', `Bearer ${token}`)
    expect(printed.mock.calls.map(([text]) => String(text).trim())).toEqual([
      'RequestRefusedError: The access token cannot be verified at the moment',
    ])
    printed.mockRestore()
  })

  it('still sends the challenge if its error is caught upstream', async () => {
    const { app, errors } = appOf(
      async (ctx, next) => {
        try {
          await next()
        } catch (error) {
          ctx.status = (error as { status: number }).status
          ctx.body = { error: (error as { error: string }).error }
        }
      },
      verifying(),
      ok,
    )
    const { status, body, headers } = await asked(app, '/', 'Bearer bad')
    expect([status, body]).toEqual([401, { error: 'invalid_token' }])
    expect(headers['www-authenticate']).toMatch(/^Bearer /)
    expect(errors).toEqual([])
  })

  it('does not change errors that are thrown downstream', async () => {
    const { app } = appOf(verifying(), requireScopes('reports:read'), (ctx) => ctx.throw(418, 'short and stout'))
    const { status, text, headers } = await asked(app, '/', `Bearer ${token}`)
    expect([status, text]).toEqual([418, 'short and stout'])
    expect(headers).not.toHaveProperty('www-authenticate')
  })

  it('awaits downstream middleware', async () => {
    const order: string[] = []
    const { app } = appOf(
      async (_ctx, next) => {
        await next()
        order.push('after')
      },
      verifying(),
      requireClaims(async () => true),
      async (ctx) => {
        await new Promise((resolve) => {
          setImmediate(resolve)
        })
        order.push('handler')
        ok(ctx)
      },
    )
    await asked(app, '/', `Bearer ${token}`)
    expect(order).toEqual(['handler', 'after'])
  })

  describe.each<[string, () => Middleware]>([
    ['verifyJwt with a cached token', () => verifying()],
    ['verifyJwt with a revocation check', () => verifying({ isRevoked: async () => false })],
    ['a synchronous guard', () => requireScopes('reports:read')],
    ['an asynchronous guard', () => requireClaims(async () => true)],
  ])('called directly: %s', (_what, make) => {
    /** Creates a context that `verifyJwt` has already let through. */
    async function authenticated(): Promise<Context> {
      const req = { headers: { authorization: `Bearer ${token}` } }
      const ctx = { req, request: {}, state: {}, res: {} } as unknown as Context
      await verifying()(ctx, async () => undefined)
      return ctx
    }

    async function called(next: () => unknown): Promise<unknown> {
      const middleware = make()
      await middleware(await authenticated(), async () => undefined)
      return middleware(await authenticated(), next as () => Promise<unknown>)
    }

    it.each<[string, () => unknown, unknown]>([
      ['nothing', () => undefined, undefined],
      ['a value', () => 'done', 'done'],
      ['a promise', async () => 'done', 'done'],
    ])('resolves if `next` returns %s', async (_kind, next, value) => {
      expect(await called(next)).toBe(value)
    })

    it.each<[string, () => unknown]>([
      [
        'throws',
        () => {
          throw new Error('a fault downstream')
        },
      ],
      ['rejects', () => Promise.reject(new Error('a fault downstream'))],
    ])('rejects if `next` %s', async (_how, next) => {
      await expect(called(next)).rejects.toThrow('a fault downstream')
    })
  })

  it('sets the configured property of the state', async () => {
    const { app } = appOf(
      async (ctx, next) => {
        Object.assign(ctx.state, { auth: 'of another package' })
        await next()
      },
      verifying({ property: 'caller' }),
      requireScopes('reports:read'),
      (ctx) => {
        const { auth, caller } = ctx.state as unknown as { auth: unknown; caller: { claims: { sub: string } } }
        ctx.body = [auth, caller.claims.sub]
      },
    )
    expect((await asked(app, '/', `Bearer ${token}`)).body).toEqual(['of another package', 'user-1'])
  })

  it.each([[''], [5], [null]])('refuses the property name %p', (property) => {
    expect(() => verifying({ property: property as string })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'property' }),
    )
  })

  it('returns its own auth context even if another verifyJwt ran too', async () => {
    const outer = verifying({ scopeClaim: 'sub' })
    const inner = verifying({ property: 'inner' })
    const { app } = appOf(outer, inner, (ctx) => {
      ctx.body = [outer.authOf(ctx)?.scopes, inner.authOf(ctx)?.scopes]
    })
    expect((await asked(app, '/', `Bearer ${token}`)).body).toEqual([['user-1'], ['reports:read']])
  })

  it('gives authOf() the auth context of the last of several verifyJwt', async () => {
    const { app } = appOf(
      async (ctx, next) => {
        expect(authOf(ctx)).toBeUndefined()
        await next()
      },
      verifying({ scopeClaim: 'sub' }),
      verifying({ property: 'inner' }),
      (ctx) => {
        ctx.body = authOf(ctx)?.scopes
      },
    )
    expect((await asked(app, '/', `Bearer ${token}`)).body).toEqual(['reports:read'])
  })

  it('can be used with documents that are served without a router', async () => {
    const verification = { keys, issuer, audience, property: 'caller' }
    const { app } = appOf(
      jwksHandler(keys, { path: '/jwks' }),
      resourceMetadataHandler(verification, { path: '/.well-known/oauth-protected-resource' }),
      verifyJwt(verification),
      ok,
    )
    expect((await asked(app, '/jwks')).status).toBe(200)
    const metadata = await asked(app, '/.well-known/oauth-protected-resource')
    expect(metadata.body).toMatchObject({ resource: audience, authorization_servers: [issuer] })
    for (const path of ['/', '/jwks/', '/JWKS', '/.well-known/oauth-protected-resource/x'])
      expect((await asked(app, path)).status).toBe(401)
  })
})
