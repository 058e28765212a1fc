import { authorizationHeader, cookie } from '@bearerkit/core'
import { verifyJwt, type VerifyJwtOptions } from '@bearerkit/koa'
import type { Context, Middleware } from 'koa'
import { onKoa } from '../apps.ts'
import { teapotInKoa } from '../error-handlers.ts'
import { keysOfPem, keysOfSecret } from '../imported-keys.ts'
import {
  anonymous,
  askedOfSecret,
  bearer,
  expired,
  forged,
  inCookie,
  passing,
  sharedSecret,
  signedWith,
  usual,
} from '../requests.ts'
import type { App, Cast, Step } from '../step.ts'

type KoaJwt = (options: object) => Middleware & { unless(options: object): Middleware }

const koaJwt = jest.requireActual<KoaJwt>('koa-jwt')
const { koaJwtSecret } = jest.requireActual<{ readonly koaJwtSecret: (options: object) => unknown }>('jwks-rsa')

function theirOptions({ issuer: { issuer, audience }, pem }: Cast): object {
  return { secret: pem, issuer, audience }
}

function theirs(options: object, ...before: readonly Middleware[]): (cast: Cast) => App {
  return (cast) =>
    onKoa((ctx) => ctx.state['user'] as unknown, ...before, koaJwt({ ...theirOptions(cast), ...options }))
}

function ours(options: VerifyJwtOptions, ...before: readonly Middleware[]): (cast: Cast) => App {
  return ({ issuer: { issuer, audience } }) =>
    onKoa((ctx) => ctx.state.auth?.claims, ...before, verifyJwt({ issuer, audience, ...options }))
}

const older = 'an older secret, which tokens still carry'

export const fromKoaJwt: readonly Step[] = [
  {
    there: '`secret`, a text or `Buffer`',
    theirs: theirs({ secret: sharedSecret }),
    ours: async (cast) => ours({ keys: await keysOfSecret(sharedSecret), algorithms: ['HS256'] })(cast),
    asked: askedOfSecret,
  },
  {
    there: '`secret`, several',
    theirs: theirs({ secret: [older, sharedSecret] }),
    async ours(cast) {
      const keys = await keysOfSecret(older, { publishedKid: 'older' })
      await keys.importKey({ alg: 'HS256', publishedKid: 'newer' }, Buffer.from(sharedSecret))
      return ours({ keys, algorithms: ['HS256'] })(cast)
    },
    asked: [
      ['a token that names the older', bearer(signedWith(older, { header: { kid: 'older' } })), 200],
      ['a token that names the newer', bearer(signedWith(sharedSecret, { header: { kid: 'newer' } })), 200],
      ['a token that names none', bearer(signedWith(sharedSecret)), 200, 401],
    ],
  },
  {
    there: '`ctx.state.secret`',
    theirs: (cast) =>
      onKoa(
        (ctx) => ctx.state['user'] as unknown,
        (ctx, next) => {
          ctx.state['secret'] = cast.pem
          return next()
        },
        koaJwt({ audience: cast.issuer.audience }),
      ),
    ours: ({ issuer: { issuer, audience, jwksUrl } }) =>
      onKoa(
        (ctx) => ctx.state.auth?.claims,
        verifyJwt({ audience, resolveIssuer: (iss) => (iss === issuer ? { jwksUrl } : undefined) }),
      ),
    asked: [passing, anonymous, expired],
  },
  {
    there: '`secret`, a PEM',
    theirs: theirs({}),
    ours: async (cast) => ours({ keys: await keysOfPem(cast) })(cast),
    asked: usual,
  },
  {
    there: '`secret`, a function; `koaJwtSecret({ … })`',
    theirs: (cast) => theirs({ secret: koaJwtSecret({ jwksUri: cast.issuer.jwksUrl }) })(cast),
    ours: ours({}),
    asked: usual,
  },
  { there: '`issuer`, `audience`', theirs: theirs({}), ours: ours({}), asked: usual },
  {
    there: '`algorithms`',
    theirs: theirs({ algorithms: ['RS512'] }),
    ours: ours({ algorithms: ['RS512'] }),
    asked: [['a token of another algorithm', bearer(), 401]],
  },
  {
    there: "`key: 'user'`, so `ctx.state.user`",
    theirs: theirs({}),
    ours: ({ issuer: { issuer, audience } }) =>
      onKoa(
        (ctx) => (ctx.state['user'] as { claims: unknown } | undefined)?.claims,
        verifyJwt({ issuer, audience, property: 'user' }),
      ),
    asked: usual,
  },
  {
    there: '`tokenKey`',
    theirs: (cast) => onKoa((ctx) => ctx.state['raw'] as unknown, koaJwt({ ...theirOptions(cast), tokenKey: 'raw' })),
    ours: ({ issuer: { issuer, audience } }) => onKoa((ctx) => ctx.state.auth?.token, verifyJwt({ issuer, audience })),
    asked: [passing],
  },
  {
    there: '`getToken(ctx, options)`',
    theirs: theirs({ getToken: (ctx: Context) => ctx.get('x-token') }),
    ours: ours({ tokenSource: [({ headers }) => headers['x-token'], authorizationHeader()] }),
    asked: [
      ['a token in that header', async ({ issuer }) => ({ headers: { 'x-token': await issuer.issue() } }), 200],
      passing,
      anonymous,
    ],
  },
  {
    there: "`cookie: 'session'`",
    theirs: theirs({ cookie: 'session' }),
    ours: ours({ tokenSource: [authorizationHeader(), cookie('session')] }),
    asked: [['a token in the cookie', inCookie('session'), 200], passing, anonymous],
  },
  {
    there: '`isRevoked(ctx, token, raw)`',
    theirs: theirs({ isRevoked: async (_ctx: Context, { jti }: { jti?: string }) => jti === 'revoked' }),
    ours: ours({ isRevoked: async ({ jti }) => jti === 'revoked' }),
    asked: [passing, ['a revoked token', bearer(forged({ claims: { jti: 'revoked' } })), 401]],
  },
  {
    there: '`passthrough`',
    theirs: theirs({ passthrough: true }),
    ours: ours({ mode: 'optional' }),
    asked: [passing, ['no token', () => ({}), 200], [expired[0], expired[1], 200, 401]],
  },
  {
    there: '`debug`',
    theirs: theirs(
      { debug: true },
      teapotInKoa((error) => error.message === 'jwt expired'),
    ),
    ours: ours(
      {},
      teapotInKoa((error) => error.code === 'token_expired'),
    ),
    asked: [anonymous, [expired[0], expired[1], 418]],
  },
  {
    there: '`.unless({ path })`',
    theirs: (cast) =>
      onKoa((ctx) => ctx.state['user'] as unknown, koaJwt(theirOptions(cast)).unless({ path: ['/public'] })),
    ours: ours({}, (ctx, next) => {
      if (ctx.path !== '/public') return next()
      ctx.type = 'json'
      ctx.body = 'null'
      return undefined
    }),
    asked: [...usual, ['an open path, without a token', () => ({ path: '/public' }), 200]],
  },
  {
    there: '`err.originalError`',
    theirs: theirs(
      {},
      teapotInKoa(({ originalError }) => (originalError as Error | undefined)?.name === 'TokenExpiredError'),
    ),
    ours: ours(
      {},
      teapotInKoa(({ cause }) => (cause as { code?: string } | undefined)?.code === 'token_expired'),
    ),
    asked: [anonymous, [expired[0], expired[1], 418]],
  },
]
