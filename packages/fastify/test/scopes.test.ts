import { TokenIssuer } from '@bearerkit/core'
import fastify, { type FastifyRequest } from 'fastify'
import { requireScopes, verifyJwt } from '../src/index.ts'
import { audience, goodToken, keys, ok, statusesOf, statusOf, verification } from './setting.ts'

let token: string

beforeAll(async () => {
  token = await goodToken()
})

describe('encapsulation', () => {
  it('protects all routes of the scope that registers it and of nested scopes', async () => {
    const app = fastify()
    app.get('/before', ok)
    await app.register(verifyJwt, verification())
    app.get('/after', ok)
    app.register(async (inner) => inner.get('/inner', ok), { prefix: '/v1' })
    for (const url of ['/before', '/after', '/v1/inner']) expect(await statusesOf(app, url)).toEqual([401, 200])
  })

  it('leaves sibling and outer scopes open', async () => {
    const app = fastify()
    app.register(async (api) => {
      await api.register(verifyJwt, verification())
      api.get('/api', ok)
    })
    app.register(async (sibling) => sibling.get('/sibling', ok))
    app.get('/outer', ok)
    expect(await statusesOf(app, '/api')).toEqual([401, 200])
    expect(await statusesOf(app, '/sibling')).toEqual([200, 200])
    expect(await statusesOf(app, '/outer')).toEqual([200, 200])
  })

  it('answers 500 to a guard in a sibling scope', async () => {
    const app = fastify()
    app.register(async (api) => api.register(verifyJwt, verification()))
    app.register(async (sibling) => sibling.get('/x', { preHandler: requireScopes('reports:read') }, ok))
    expect(await statusesOf(app, '/x')).toEqual([500, 500])
  })

  it('protects unknown routes if it is global', async () => {
    const app = fastify()
    await app.register(verifyJwt, verification())
    expect(await statusesOf(app, '/nowhere')).toEqual([401, 404])
  })

  it('does not protect unknown routes if it is not global', async () => {
    const app = fastify()
    app.register(async (api) => api.register(verifyJwt, verification()), { prefix: '/api' })
    expect(await statusesOf(app, '/nowhere')).toEqual([404, 404])
  })
})

describe('a route that opts out', () => {
  it('is open, also for HEAD, and other routes are not', async () => {
    const app = fastify()
    await app.register(verifyJwt, verification())
    app.get('/health', { config: { auth: false } }, async ({ auth }: FastifyRequest) => typeof auth)
    app.get('/me', ok)
    expect((await app.inject('/health')).body).toBe('undefined')
    expect(await statusOf(app, '/health', undefined, { method: 'HEAD' })).toBe(200)
    expect(await statusOf(app, '/health', 'bad')).toBe(200)
    expect(await statusesOf(app, '/me')).toEqual([401, 200])
  })

  it.each([[undefined], [true], [null], [0], ['false']])('needs `false`, not %p', async (auth) => {
    const app = fastify()
    await app.register(verifyJwt, verification())
    app.get('/', { config: { auth: auth as never } }, ok)
    expect(await statusesOf(app, '/')).toEqual([401, 200])
  })

  it('does not pass a guard', async () => {
    const app = fastify()
    await app.register(verifyJwt, verification())
    app.get('/', { config: { auth: false }, preHandler: requireScopes('reports:read') }, ok)
    expect(await statusesOf(app, '/')).toEqual([500, 500])
  })
})

describe('two instances', () => {
  const admin = { issuer: 'https://admin.example.com', decorateAs: 'admin' }
  const adminTokens = new TokenIssuer({ keys, issuer: admin.issuer, audience })

  it('work in sibling scopes, each with its own issuer and property', async () => {
    const app = fastify()
    const show = async (request: FastifyRequest): Promise<unknown> => {
      const { auth, admin: caller } = request as unknown as Record<string, { claims: { iss: string } } | undefined>
      return { auth: auth?.claims.iss ?? null, admin: caller?.claims.iss ?? null }
    }
    app.register(async (api) => {
      await api.register(verifyJwt, verification())
      api.get('/api', show)
    })
    app.register(async (back) => {
      await back.register(verifyJwt, verification(admin))
      back.get('/admin', show)
    })
    const adminToken = await adminTokens.issue({ sub: 'root' })
    const authorization = `Bearer ${adminToken}`
    expect(await statusesOf(app, '/api')).toEqual([401, 200])
    expect(await statusOf(app, '/api', adminToken)).toBe(401)
    expect(await statusOf(app, '/admin', token)).toBe(401)
    const { body } = await app.inject({ url: '/admin', headers: { authorization } })
    expect(JSON.parse(body)).toEqual({ auth: null, admin: admin.issuer })
  })

  it('in one scope are both required, and a route can opt out of either', async () => {
    const app = fastify()
    const tokenSource = ({ headers }: { headers: Readonly<Record<string, unknown>> }): string | undefined =>
      headers['x-admin'] as string | undefined
    await app.register(verifyJwt, verification())
    await app.register(verifyJwt, verification({ ...admin, tokenSource }))
    app.get('/both', ok)
    app.get('/admin', { config: { auth: false } }, ok)
    app.get('/user', { config: { admin: false } as object }, ok)
    const headers = { 'x-admin': await adminTokens.issue({ sub: 'root' }) }
    expect(await statusOf(app, '/both', token)).toBe(401)
    expect(await statusOf(app, '/both', undefined, { headers })).toBe(401)
    expect(await statusOf(app, '/user', token)).toBe(200)
    expect(await statusOf(app, '/admin', undefined, { headers })).toBe(200)
  })

  it('may be nested and use the same property', async () => {
    const app = fastify()
    await app.register(verifyJwt, verification({ mode: 'optional' }))
    app.get('/outer', ok)
    app.register(async (inner) => {
      await inner.register(verifyJwt, verification())
      inner.get('/inner', ok)
    })
    expect(await statusesOf(app, '/outer')).toEqual([200, 200])
    expect(await statusesOf(app, '/inner')).toEqual([401, 200])
  })

  it.each([[''], [5], [null]])('cannot be named %p', async (decorateAs) => {
    const app = fastify()
    await expect(app.register(verifyJwt, verification({ decorateAs: decorateAs as string }))).rejects.toMatchObject({
      name: 'ConfigurationError',
      option: 'decorateAs',
    })
  })
})

describe('app.forgetIssuer', () => {
  it('stops trusting a resolved issuer in its scope and in nested scopes', async () => {
    let isKnown = true
    const resolving = { audience, resolveIssuer: () => (isKnown ? { keys } : undefined) }
    const app = fastify()
    await app.register(verifyJwt, resolving)
    app.get('/outer', ok)
    app.register(
      async (inner) => {
        await inner.register(verifyJwt, resolving)
        inner.get('/x', ok)
      },
      { prefix: '/inner' },
    )
    for (const url of ['/outer', '/inner/x']) expect(await statusOf(app, url, token)).toBe(200)
    isKnown = false
    for (const url of ['/outer', '/inner/x']) expect(await statusOf(app, url, token)).toBe(200)
    app.forgetIssuer('https://issuer.example.com')
    for (const url of ['/outer', '/inner/x']) expect(await statusOf(app, url, token)).toBe(401)
  })
})
