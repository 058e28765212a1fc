import { setImmediate } from 'node:timers/promises'
import { format } from 'node:util'
import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import express5, { type Application, type ErrorRequestHandler, type Request, type Response } from 'express'
import express4 from 'express4'
import supertest from 'supertest'
import { authOf, formBody, requireClaims, requireScopes, verifyJwt, type VerifyJwtOptions } from '../src/index.ts'

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

function ok(_req: Request, res: Response): void {
  res.json('ok')
}

async function statusOf(app: Application, path: string, authorization?: string): Promise<number> {
  const asked = supertest(app).get(path)
  if (authorization !== undefined) void asked.set('authorization', authorization)
  return (await asked).status
}

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('verifyJwt in %s', (_, express) => {
  function appOf(define: (app: Application) => void): Application {
    const app = express()
    // Express logs every error of a request, except in the environment `test`.
    app.set('env', 'test')
    define(app)
    return app
  }

  it.each<[string, (app: Application) => void]>([
    ['the app', (app) => app.get('/open', ok).use(verifying()).get('/api/x', ok)],
    ['a path of the app', (app) => app.use('/api', verifying()).get('/api/x', ok).get('/open', ok)],
    [
      'a router',
      (app) => {
        const router = express.Router()
        app.use('/api', router.use(verifying()).get('/x', ok)).get('/open', ok)
      },
    ],
    ['a route', (app) => app.get('/api/x', verifying(), ok).get('/open', ok)],
    [
      'a route, in an array',
      (app) => app.get('/api/x', [verifying(), requireScopes('reports:read')], ok).get('/open', ok),
    ],
    ['all methods of a route', (app) => app.route('/api/x').all(verifying()).get(ok).all(ok) && app.get('/open', ok)],
  ])('protects only what it is mounted on: %s', async (_where, define) => {
    const app = appOf(define)
    expect(await statusOf(app, '/api/x')).toBe(401)
    expect(await statusOf(app, '/api/x', `Bearer ${token}`)).toBe(200)
    expect(await statusOf(app, '/open')).toBe(200)
  })

  it('protects unknown routes too', async () => {
    const app = appOf((one) => one.use(verifying()))
    expect(await statusOf(app, '/nowhere')).toBe(401)
    expect(await statusOf(app, '/nowhere', `Bearer ${token}`)).toBe(404)
  })

  it.each([
    ['an error if there are no credentials', undefined, ['RequestRefusedError']],
    ['an error for a bad token', 'Bearer bad', ['RequestRefusedError']],
    ['no argument for a good token', 'good', []],
  ])('calls next() once with %s', async (_what, authorization, given) => {
    const calls: unknown[][] = []
    const middleware = verifying()
    const app = appOf((one) => {
      one.use((req, res, next) => {
        middleware(req, res, (...args: unknown[]) => {
          calls.push(args.map((arg) => (arg as Error).name))
          next(args[0])
        })
      })
      one.get('/', ok)
    })
    await statusOf(app, '/', authorization === 'good' ? `Bearer ${token}` : authorization)
    expect(calls).toEqual([given])
  })

  it('forgets a resolved issuer immediately, including its cached tokens', async () => {
    let isKnown = true
    const middleware = verifyJwt({ audience, resolveIssuer: () => (isKnown ? { keys } : undefined) })
    const app = appOf((one) => one.get('/', middleware, ok))
    expect(await statusOf(app, '/', `Bearer ${token}`)).toBe(200)
    isKnown = false
    expect(await statusOf(app, '/', `Bearer ${token}`)).toBe(200)
    middleware.forgetIssuer(issuer)
    expect(await statusOf(app, '/', `Bearer ${token}`)).toBe(401)
  })

  it('does not change an error of a handler', async () => {
    const seen: unknown[] = []
    const failure = new Error('a fault of the handler')
    const note: ErrorRequestHandler = (error, _req, res, _next) => void (seen.push(error), res.sendStatus(500))
    const app = appOf((one) => {
      one.use(verifying())
      one.get('/', () => {
        throw failure
      })
      one.use(note)
    })
    expect(await statusOf(app, '/', `Bearer ${token}`)).toBe(500)
    expect(seen).toEqual([failure])
  })

  it.each([
    ['a bad token', 'Bearer bad', /^RequestRefusedError: The access token is invalid(: the token is not a JWS .*)?$/],
    ['an outage', 'good', /^RequestRefusedError: The access token cannot be verified at the moment(: .* is down)?$/],
  ])('makes Express log one line for %s', async (_what, authorization, line) => {
    const printed: string[] = []
    const print = jest.spyOn(console, 'error').mockImplementation((error) => void printed.push(format(error)))
    const app = express().use(verifying({ isRevoked: () => Promise.reject(new Error('the store is down')) }))
    await statusOf(app.set('env', 'development'), '/', authorization === 'good' ? `Bearer ${token}` : authorization)
    await setImmediate()
    print.mockRestore()
    expect(printed).toEqual([expect.stringMatching(line)])
  })

  it('can be followed by an error handler on the same path', async () => {
    const app = appOf((one) => {
      const handler: ErrorRequestHandler = (error: { code: string }, _req, res, _next) =>
        void res.status(418).json(error.code)
      one.use('/api', verifying(), handler)
    })
    const { status, body, headers } = await supertest(app).get('/api')
    expect([status, body]).toEqual([418, 'credentials_missing'])
    expect(headers['www-authenticate']).toBe('Bearer realm="api"')
  })

  it('sets the configured property and does not touch `req.auth`', async () => {
    const app = appOf((one) => {
      one.use((req, _res, next) => {
        Object.assign(req, { auth: 'of another package' })
        next()
      })
      one.use(verifying({ property: 'caller' }))
      one.get('/', requireScopes('reports:read'), (req, res) => {
        const { auth, caller } = req as unknown as { auth: unknown; caller: { claims: { sub: string } } }
        res.json([auth, caller.claims.sub])
      })
    })
    const { body } = await supertest(app).get('/').set('authorization', `Bearer ${token}`)
    expect(body).toEqual(['of another package', 'user-1'])
  })

  it.each([[''], [5], [null]])('refuses the property name %p', (property) => {
    expect(() => verifying({ property: property as string })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'property' }),
    )
  })

  it('returns its own auth context even if another verifyJwt ran too', async () => {
    const outer = verifying({ scopeClaim: 'sub' })
    const inner = verifying({ property: 'inner', mode: 'optional' })
    const unused = verifying()
    const app = appOf((one) => {
      one.get('/', outer, inner, (req, res) => {
        res.json([outer.authOf(req)?.scopes, inner.authOf(req)?.scopes, unused.authOf(req)?.scopes ?? 'none'])
      })
    })
    const { body } = await supertest(app).get('/').set('authorization', `Bearer ${token}`)
    expect(body).toEqual([['user-1'], ['reports:read'], 'none'])
  })

  it('gives authOf() the auth context of the last of several verifyJwt', async () => {
    const show = (req: Request, res: Response): void => void res.json(authOf(req)?.scopes ?? 'nobody')
    const app = appOf((one) => {
      one.get('/open', show)
      one.use(verifying({ scopeClaim: 'sub' }), verifying({ property: 'inner', mode: 'optional' }))
      one.get('/', show)
    })
    const asked = await Promise.all(
      ['/open', '/'].map((path) => supertest(app).get(path).set('authorization', `Bearer ${token}`)),
    )
    expect(asked.map(({ body }: { body: unknown }) => body)).toEqual(['nobody', ['reports:read']])
  })

  it('passes on a predicate’s error unchanged', async () => {
    const failure = Object.assign(new Error('tenant store is down'), { status: 502 })
    const app = appOf((one) =>
      one.get(
        '/',
        verifying(),
        requireClaims(() => Promise.reject(failure)),
        ok,
      ),
    )
    expect(await statusOf(app, '/', `Bearer ${token}`)).toBe(502)
  })

  it.each([
    ['a list within a list', 'access_token[0][0]='],
    ['an object', 'access_token[a]='],
    ['an object with a toString member', 'access_token[toString]='],
    ['a list and a string', 'access_token[]=x&access_token='],
  ])('answers 400 if an extended form has %s as the token', async (_what, form) => {
    const app = appOf((one) => {
      one.use(express.urlencoded({ extended: true }), verifying({ tokenSource: formBody() })).post('/', ok)
    })
    const { status } = await supertest(app).post('/').type('form').send(`${form}${token}`)
    expect(status).toBe(400)
  })
})
