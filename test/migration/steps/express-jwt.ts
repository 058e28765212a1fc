import { cookie, RequestRefusedError } from '@bearerkit/core'
import { requireClaims, verifyJwt, type VerifyJwtOptions } from '@bearerkit/express'
import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import { onExpress } from '../apps.ts'
import { teapotInExpress } from '../error-handlers.ts'
import { keysOfPem, keysOfSecret } from '../imported-keys.ts'
import {
  anonymous,
  askedOfSecret,
  bearer,
  expired,
  forged,
  inCookie,
  issued,
  passing,
  secondsFromNow,
  sharedSecret,
  usual,
} from '../requests.ts'
import type { App, Cast, Question, Step } from '../step.ts'

interface ExpressJwt {
  readonly expressjwt: (options: object) => RequestHandler & { unless(options: object): RequestHandler }
  readonly UnauthorizedError: new () => Error
}

const { expressjwt, UnauthorizedError } = jest.requireActual<ExpressJwt>('express-jwt')

type Payload = Record<string, unknown>
const payloadOf = (req: Request): Payload | undefined => req.auth as unknown as Payload | undefined

function theirs(options: object, ...handlers: readonly (RequestHandler | ErrorRequestHandler)[]): (cast: Cast) => App {
  return (cast) => onExpress(payloadOf, expressjwt({ ...theirOptions(cast), ...options }), ...handlers)
}

function theirOptions({ issuer: { issuer, audience }, pem }: Cast): object {
  return { secret: pem, algorithms: ['RS256'], issuer, audience }
}

function ours(
  options: VerifyJwtOptions,
  ...handlers: readonly (RequestHandler | ErrorRequestHandler)[]
): (cast: Cast) => App {
  return ({ issuer: { issuer, audience } }) =>
    onExpress((req) => req.auth?.claims, verifyJwt({ issuer, audience, ...options }), ...handlers)
}

export const fromExpressJwt: readonly Step[] = [
  {
    there: '`secret`, a text or `Buffer`',
    theirs: theirs({ secret: sharedSecret, algorithms: ['HS256'] }),
    ours: async (cast) => ours({ keys: await keysOfSecret(sharedSecret), algorithms: ['HS256'] })(cast),
    asked: [...askedOfSecret, ['a token of a public key', bearer(), 401]],
  },
  {
    there: '`secret`, a PEM',
    theirs: theirs({}),
    ours: async (cast) => ours({ keys: await keysOfPem(cast) })(cast),
    asked: usual,
  },
  {
    there: '`secret`, a function of the token',
    theirs: ({ issuer, pem }) =>
      onExpress(
        payloadOf,
        expressjwt({
          algorithms: ['RS256'],
          audience: issuer.audience,
          secret: async (_req: Request, token: { payload: { iss: string } }) => {
            if (token.payload.iss === issuer.issuer) return pem
            throw new UnauthorizedError()
          },
        }),
      ),
    ours: ({ issuer }) =>
      onExpress(
        (req) => req.auth?.claims,
        verifyJwt({
          audience: issuer.audience,
          resolveIssuer: async (iss) => (iss === issuer.issuer ? { jwksUrl: issuer.jwksUrl } : undefined),
        }),
      ),
    asked: [passing, expired],
  },
  {
    there: '`algorithms`',
    theirs: theirs({ algorithms: ['RS512'] }),
    ours: ours({ algorithms: ['RS512'] }),
    asked: [['a token of another algorithm', bearer(), 401]],
  },
  { there: '`issuer`, `audience`', theirs: theirs({}), ours: ours({}), asked: usual },
  {
    there: '`clockTolerance` (seconds)',
    theirs: theirs({ clockTolerance: 60 }),
    ours: ours({ clockTolerance: 60 }),
    asked: [
      ['a token that expired just now', bearer(forged(() => ({ claims: { exp: secondsFromNow(-30) } }))), 200],
      ['a token that expired before', bearer(forged(() => ({ claims: { exp: secondsFromNow(-90) } }))), 401],
    ],
  },
  {
    there: '`maxAge`',
    theirs: theirs({ maxAge: '5m' }),
    ours: ours({ maxTokenAge: '5m' }),
    asked: [passing, ['an old token', bearer(forged(() => ({ claims: { iat: secondsFromNow(-400) } }))), 401]],
  },
  {
    there: '`ignoreExpiration`, `ignoreNotBefore`',
    theirs: theirs({ ignoreExpiration: true, ignoreNotBefore: true }),
    ours: ours({}),
    asked: [
      [expired[0], expired[1], 200, 401],
      ['a token of tomorrow', bearer(forged(() => ({ claims: { nbf: secondsFromNow(80_000) } }))), 200, 401],
    ],
  },
  {
    there: '`subject`, `jwtid`, `nonce`',
    theirs: theirs({ subject: 'user-7' }),
    ours: ours({}, requireClaims({ sub: 'user-7' })),
    asked: [
      ['the subject', bearer(issued({ sub: 'user-7' })), 200],
      ['another subject', bearer(issued({ sub: 'user-8' })), 401, 403],
    ],
  },
  {
    there: '`credentialsRequired: false`',
    theirs: theirs({ credentialsRequired: false }),
    ours: ours({ mode: 'optional' }),
    asked: [passing, ['no token', () => ({}), 200], expired],
  },
  {
    there: '`getToken(req)`',
    theirs: theirs({ getToken: (req: Request) => /session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] }),
    ours: ours({ tokenSource: cookie('session') }),
    asked: [['a token in a cookie', inCookie('session'), 200], anonymous],
  },
  {
    there: '`isRevoked(req, token)`',
    theirs: theirs({
      isRevoked: async (_req: Request, token: { payload: Payload }) => token.payload['jti'] === 'revoked',
    }),
    ours: ours({ isRevoked: async ({ jti }) => jti === 'revoked' }),
    asked: [passing, ['a revoked token', bearer(forged({ claims: { jti: 'revoked' } })), 401]],
  },
  {
    there: '`onExpired(req, error)`',
    theirs: theirs({
      onExpired: async (_req: Request, { inner }: { inner: { expiredAt: Date } }) => {
        if (Date.now() - inner.expiredAt.getTime() > 300_000) throw new UnauthorizedError()
      },
    }),
    ours: ours({ clockTolerance: '5m' }),
    asked: [['a token that expired just now', bearer(forged(() => ({ claims: { exp: secondsFromNow(-60) } }))), 200]],
  },
  {
    there: '`requestProperty`',
    theirs: (cast) =>
      onExpress(
        (req) => (req as unknown as { caller?: unknown }).caller,
        expressjwt({ ...theirOptions(cast), requestProperty: 'caller' }),
      ),
    ours: ({ issuer: { issuer, audience } }) =>
      onExpress(
        (req) => (req as unknown as { caller?: { claims: unknown } }).caller?.claims,
        verifyJwt({ issuer, audience, property: 'caller' }),
      ),
    asked: usual,
  },
  {
    there: '`.unless({ path })`',
    theirs: (cast) => onExpress(payloadOf, expressjwt(theirOptions(cast)).unless({ path: '/public' })),
    ours: ({ issuer: { issuer, audience } }) =>
      onExpress((req) => req.auth?.claims, openAt('/public'), verifyJwt({ issuer, audience })),
    asked: [...usual, ['an open path, without a token', () => ({ path: '/public' }), 200]],
  },
  {
    there: 'a preflight passes',
    theirs: theirs({}),
    ours: ({ issuer: { issuer, audience } }) =>
      onExpress((req) => req.auth?.claims, openTo('OPTIONS'), verifyJwt({ issuer, audience })),
    asked: [['a preflight', preflight, 200], passing, anonymous],
  },
  { there: '`req.auth`, the claims', theirs: theirs({}), ours: ours({}), asked: [passing] },
  {
    there: '`UnauthorizedError`, `err.code`',
    theirs: theirs(
      {},
      teapotInExpress((error) => error instanceof UnauthorizedError && error.code === 'invalid_token'),
    ),
    ours: ours(
      {},
      teapotInExpress((error) => error instanceof RequestRefusedError && error.code === 'token_expired'),
    ),
    asked: [anonymous, [expired[0], expired[1], 418]],
  },
]

/** A route that stands before the middleware. */
function openAt(path: string): RequestHandler {
  return (req, res, next) => (req.path === path ? void res.json(null) : next())
}

/** What a package for CORS does. */
function openTo(method: string): RequestHandler {
  return (req, res, next) => (req.method === method ? void res.json(null) : next())
}

function preflight(): ReturnType<Question[1]> {
  return { method: 'OPTIONS', headers: { 'access-control-request-headers': 'authorization' } }
}
