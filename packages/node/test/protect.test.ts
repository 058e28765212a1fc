import { createServer, type RequestListener } from 'node:http'
import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import supertest from 'supertest'
import {
  answerError,
  authOf,
  jwksHandler,
  type Middleware,
  protect,
  requireClaims,
  requireScopes,
  verifyJwt,
  type VerifyJwtOptions,
} from '../src/index.ts'

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

function asked(listener: RequestListener, path = '/'): supertest.Test {
  return supertest(createServer(listener)).get(path).auth(token, { type: 'bearer' })
}

describe('protect', () => {
  it('runs the listener with the auth context of the request', async () => {
    const listener = protect(verifying(), (req, res) => res.end(req.auth.claims.sub))
    expect((await asked(listener)).text).toBe('user-1')
  })

  it('answers a refused request as JSON, with its challenge', async () => {
    const listener = protect([verifying(), requireScopes('admin')], (_req, res) => res.end())
    const { status, body, headers } = await asked(listener)
    expect([status, body]).toEqual([
      403,
      {
        error: 'insufficient_scope',
        error_description: 'The access token does not have the required scope',
      },
    ])
    expect(headers['www-authenticate']).toContain('scope="admin"')
  })

  it('can be nested: a listener that passes may call another protected one', async () => {
    const reports = protect(requireScopes('reports:read'), (req, res) => res.end(`reports for ${req.auth.claims.sub}`))
    const ledger = protect(requireScopes('ledger:read'), (_req, res) => res.end('ledger'))
    const app = protect(verifying(), (req, res) => (req.url === '/reports' ? reports(req, res) : ledger(req, res)))
    expect((await asked(app, '/reports')).text).toBe('reports for user-1')
    expect((await asked(app, '/ledger')).status).toBe(403)
  })

  it('runs the steps in their order, and none after one that refuses', async () => {
    const order: string[] = []
    const noting =
      (name: string): Middleware =>
      (_req, _res, next) => {
        order.push(name)
        next()
      }
    const steps = [noting('first'), verifying(), noting('second'), requireClaims({ sub: 'user-2' }), noting('third')]
    await asked(protect(steps, (_req, res) => res.end()))
    expect(order).toEqual(['first', 'second'])
  })

  it('goes on after a step that calls `next(null)`, as Express does', async () => {
    const parsing: Middleware = (_req, _res, next) => next(null)
    const listener = protect([parsing, verifying()], (_req, res) => res.end('passed'))
    expect(await asked(listener)).toMatchObject({ status: 200, text: 'passed' })
  })

  it('calls an error listener instead of answering, with the reason and the request', async () => {
    const seen: unknown[] = []
    const listener = protect(
      verifying({ audience: 'another' }),
      (_req, res) => res.end(),
      (error, req, res) => {
        seen.push((error as { reason: string }).reason, req.url)
        answerError(error, req, res)
      },
    )
    expect((await asked(listener, '/me')).status).toBe(401)
    expect(seen).toEqual(['audience_mismatch', '/me'])
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('a fault of the listener')
      },
    ],
    ['rejects', () => Promise.reject(new Error('a fault of the listener'))],
  ])(
    'answers 500 with a warning if the listener %s, with a remembered token and with a new one',
    async (_how, fail) => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
      const listener = protect(verifying(), fail)
      const server = createServer(listener)
      const ask = async (): Promise<unknown> => {
        const { status, text } = await supertest(server).get('/').auth(token, { type: 'bearer' })
        return [status, text]
      }
      expect([await ask(), await ask()]).toEqual([
        [500, ''],
        [500, ''],
      ])
      const warning = [
        'a fault of the listener',
        { type: 'Error', detail: expect.stringContaining('protect.test') as string },
      ]
      expect(warn.mock.calls).toEqual([warning, warning])
      warn.mockRestore()
    },
  )

  it('cuts off a response that the listener has only begun when it throws', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    const listener = protect(verifying(), (_req, res) => {
      res.write('half of the response')
      throw new Error('too late')
    })
    await expect(asked(listener)).rejects.toThrow('socket hang up')
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  })

  it('sends the response of a listener once, although the listener throws after it', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    const listener = protect(verifying(), (_req, res) => {
      res.end('done')
      throw new Error('too late')
    })
    expect((await asked(listener)).text).toBe('done')
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  })
})

describe('verifyJwt', () => {
  it('sets the configured property of the request', async () => {
    const listener = protect(verifying({ property: 'caller' }), (req, res) => {
      const { auth, caller } = req as unknown as { auth: unknown; caller: { claims: { sub: string } } }
      res.end(JSON.stringify([auth, caller.claims.sub, authOf(req)?.claims.sub]))
    })
    expect((await asked(listener)).text).toBe('[null,"user-1","user-1"]')
  })

  it('forgets a resolved issuer immediately, including its cached tokens', async () => {
    let isKnown = true
    const authenticate = verifyJwt({ audience, resolveIssuer: () => (isKnown ? { keys } : undefined) })
    const server = createServer(protect(authenticate, (_req, res) => res.end()))
    const ask = async (): Promise<number> => (await supertest(server).get('/').auth(token, { type: 'bearer' })).status
    expect(await ask()).toBe(200)
    isKnown = false
    expect(await ask()).toBe(200)
    authenticate.forgetIssuer(issuer)
    expect(await ask()).toBe(401)
  })
})

describe('a handler', () => {
  it('is a listener for a server', async () => {
    const { status, headers } = await asked(jwksHandler(keys))
    expect([status, headers['content-type']]).toEqual([200, 'application/jwk-set+json'])
  })

  it('answers 500 with a warning if its keys cannot be had', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    const failing = { publishedJwks: () => Promise.reject(new Error('no keys')), nextKeyChange: () => Infinity }
    expect((await asked(jwksHandler(failing))).status).toBe(500)
    expect(warn).toHaveBeenCalledWith('no keys', expect.objectContaining({ type: 'Error' }))
    warn.mockRestore()
  })
})
