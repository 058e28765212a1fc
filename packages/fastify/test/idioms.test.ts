import fastify, { type InjectOptions } from 'fastify'
import { authOf, requireScopes, resourceMetadataHandler, verifyJwt } from '../src/index.ts'
import { audience, goodToken, issuer, ok, statusesOf, statusOf, verification } from './setting.ts'

let token: string

beforeAll(async () => {
  token = await goodToken()
})

describe('authOf', () => {
  it('returns the auth context of a request, regardless of the property name', async () => {
    const app = fastify()
    app.get('/open', async (request) => authOf(request)?.scopes ?? 'nobody')
    await app.register(async (scope) => {
      await scope.register(verifyJwt, verification({ decorateAs: 'caller' }))
      scope.get('/', async (request) => authOf(request)?.scopes)
    })
    const headers = { authorization: `Bearer ${token}` }
    expect((await app.inject({ url: '/open', headers })).body).toBe('nobody')
    expect((await app.inject({ url: '/', headers })).json()).toEqual(['reports:read'])
  })
})

describe('the option hook', () => {
  const schema = { body: { type: 'object', required: ['name'] } }

  it.each([
    [undefined, 401, 400],
    ['onRequest', 401, 400],
    ['preValidation', 401, 400],
    ['preHandler', 400, 400],
  ] as const)(
    'with the value %p decides if the token is verified before validation',
    async (hook, anonymous, authenticated) => {
      const app = fastify()
      await app.register(verifyJwt, verification({ hook }))
      app.post('/', { schema, preHandler: requireScopes('reports:read') }, ok)
      const invalid: InjectOptions = { method: 'POST', payload: {} }
      expect(await statusOf(app, '/', undefined, invalid)).toBe(anonymous)
      expect(await statusOf(app, '/', token, invalid)).toBe(authenticated)
      const valid: InjectOptions = { method: 'POST', payload: { name: 'a' } }
      expect(await statusOf(app, '/', undefined, valid)).toBe(401)
      expect(await statusOf(app, '/', token, valid)).toBe(200)
    },
  )

  it.each(['onResponse', 'onSend', 'onError', 'preSerialization', 'onClose', '', null])(
    'cannot be %p, which would protect nothing',
    async (hook) => {
      const app = fastify()
      await expect(app.register(verifyJwt, verification({ hook: hook as never }))).rejects.toMatchObject({
        name: 'ConfigurationError',
        option: 'hook',
      })
    },
  )

  it('runs before the hooks of a route, so guards can be hooks too', async () => {
    const app = fastify()
    await app.register(verifyJwt, verification())
    const guards = [requireScopes('reports:read'), requireScopes('reports:write')]
    app.get('/one', { onRequest: guards[0] as never }, ok)
    app.get('/two', { preHandler: guards }, ok)
    expect(await statusesOf(app, '/one')).toEqual([401, 200])
    expect(await statusesOf(app, '/two')).toEqual([401, 403])
  })
})

describe('the plugin', () => {
  it('gives Fastify’s default answer the message, the code and the challenge', async () => {
    const app = fastify()
    await app.register(verifyJwt, verification())
    app.get('/', ok)
    const { statusCode, headers, body } = await app.inject('/')
    expect(headers['www-authenticate']).toBe('Bearer realm="api"')
    expect([statusCode, JSON.parse(body)]).toEqual([
      401,
      { statusCode: 401, code: 'credentials_missing', error: 'Unauthorized', message: 'Authentication is required' },
    ])
  })

  it('keeps a challenge that a hook set on the reply', async () => {
    const app = fastify()
    app.addHook('onRequest', async (_request, reply) => void reply.header('WWW-Authenticate', 'Basic realm="users"'))
    await app.register(verifyJwt, verification())
    app.get('/', ok)
    const { headers } = await app.inject('/')
    expect(headers['www-authenticate']).toEqual(['Basic realm="users"', 'Bearer realm="api"'])
  })

  it('passes the error to the error handler of the scope and keeps the challenge', async () => {
    const app = fastify()
    const seen: unknown[] = []
    app.register(async (api) => {
      api.setErrorHandler((error, _request, reply) => {
        seen.push(error)
        return reply.code(404).send('nothing to see')
      })
      await api.register(verifyJwt, verification())
      api.get('/', ok)
    })
    const { statusCode, headers } = await app.inject({ url: '/', headers: { authorization: 'Bearer bad' } })
    expect([statusCode, headers['www-authenticate']]).toEqual([404, expect.stringContaining('error="invalid_token"')])
    expect(seen).toEqual([
      expect.objectContaining({
        statusCode: 401,
        code: 'token_invalid',
        reason: 'token_malformed',
        cause: expect.objectContaining({ name: 'TokenError' }),
      }),
    ])
  })

  it('cannot be registered with an invalid option', async () => {
    await expect(fastify().register(verifyJwt, verification({ issuer: 5 as never }))).rejects.toMatchObject({
      name: 'ConfigurationError',
      option: 'issuer',
    })
  })

  it('shares its options with resourceMetadataHandler', async () => {
    const app = fastify()
    const options = verification({ hook: 'preValidation', decorateAs: 'caller' })
    app.get('/.well-known/oauth-protected-resource', resourceMetadataHandler(options))
    expect((await app.inject('/.well-known/oauth-protected-resource')).json()).toMatchObject({ resource: audience })
  })

  it('stops waiting for keys when the app is closed', async () => {
    let isAsked!: () => void
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve
    })
    const fetch = (_url: string, { signal }: RequestInit): Promise<Response> => {
      isAsked()
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      })
    }
    const app = fastify()
    await app.register(verifyJwt, { issuer, audience, jwksUrl: `${issuer}/jwks`, fetch })
    app.get('/', ok)
    const answer = statusOf(app, '/', token)
    await asked
    await app.close()
    expect(await answer).toBe(503)
  })
})
