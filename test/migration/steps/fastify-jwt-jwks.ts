import { authorizationHeader, cookie, type StandardSchema } from '@bearerkit/core'
import { verifyJwt, type VerifyJwtOptions } from '@bearerkit/fastify'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { onFastify } from '../apps.ts'
import { keysOfSecret } from '../imported-keys.ts'
import { anonymous, askedOfSecret, bearer, forged, inCookie, passing, sharedSecret, usual } from '../requests.ts'
import type { App, Cast, Question, Step } from '../step.ts'

type SetUp = (app: FastifyInstance) => unknown

const jwtJwks = jest.requireActual<FastifyPluginAsync<Record<string, unknown>>>('fastify-jwt-jwks')
const fastifyCookie = jest.requireActual<FastifyPluginAsync<Record<string, unknown>>>('@fastify/cookie')

const memberOf = (request: FastifyRequest, name: string): unknown =>
  (request as unknown as Record<string, unknown>)[name]

function theirs(options: object, setUp: SetUp = () => undefined): (cast: Cast) => Promise<App> {
  return ({ issuer: { issuer, audience, jwksUrl } }) =>
    onFastify(
      (request) => memberOf(request, 'user'),
      async (app) => {
        await setUp(app)
        await app.register(jwtJwks, { jwksUrl, issuer, audience, ...options })
      },
      authenticated('authenticate'),
    )
}

/** The route option that protects a route. */
function authenticated(name: string): (app: FastifyInstance) => object {
  return (app) => ({ preValidation: (app as unknown as Record<string, unknown>)[name] })
}

function ours(options: VerifyJwtOptions): (cast: Cast) => Promise<App> {
  return ({ issuer: { issuer, audience } }) =>
    onFastify(
      (request) => request.auth?.claims,
      (app) => app.register(verifyJwt, { issuer, audience, ...options }),
    )
}

/** A schema that also transforms. */
const subjectAlone: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate: (claims) => ({ value: { id: (claims as { sub: string }).sub } }),
  },
}

/** In the issuer's place, with its name. */
const fromOrigin: Question = [
  'a token for the origin of the JWKS',
  bearer((cast) => cast.issuer.forge({ claims: { aud: `${cast.issuer.issuer}/` } })),
  200,
]

export const fromFastifyJwtJwks: readonly Step[] = [
  {
    there: '`jwksUrl`',
    theirs: theirs({}),
    ours: (cast) => ours({ jwksUrl: cast.issuer.jwksUrl })(cast),
    asked: usual,
  },
  { there: '`issuer`, `audience`', theirs: theirs({}), ours: ours({}), asked: usual },
  {
    there: '`audience: true`',
    theirs: theirs({ audience: true }),
    ours: (cast) => ours({ audience: `${cast.issuer.issuer}/` })(cast),
    asked: [fromOrigin, ['a token for another audience', bearer(), 401]],
  },
  {
    there: '`secret`',
    theirs: theirs({ jwksUrl: undefined, secret: sharedSecret }),
    ours: async (cast) => ours({ keys: await keysOfSecret(sharedSecret), algorithms: ['HS256'] })(cast),
    asked: askedOfSecret,
  },
  {
    there: '`secretsTtl` (milliseconds)',
    theirs: theirs({ secretsTtl: 60_000 }),
    ours: ours({ cacheTtl: '1m' }),
    asked: usual,
  },
  {
    there: '`complete`',
    theirs: ({ issuer: { issuer, audience, jwksUrl } }) =>
      onFastify(
        (request) => (memberOf(request, 'user') as { header: unknown } | undefined)?.header,
        (app) => app.register(jwtJwks, { jwksUrl, issuer, audience, complete: true }),
        authenticated('authenticate'),
      ),
    ours: ({ issuer: { issuer, audience } }) =>
      onFastify(
        (request) => request.auth?.header,
        (app) => app.register(verifyJwt, { issuer, audience }),
      ),
    asked: [passing],
  },
  {
    there: '`cookie: { cookieName }`',
    theirs: theirs({ cookie: { cookieName: 'session' } }, (app) => app.register(fastifyCookie)),
    ours: ours({ tokenSource: [authorizationHeader(), cookie('session')] }),
    asked: [['a token in the cookie', inCookie('session'), 200], passing, anonymous],
  },
  {
    there: '`cookie: { signed }`',
    theirs: theirs({ cookie: { cookieName: 'session', signed: true } }, (app) =>
      app.register(fastifyCookie, { secret: sharedSecret }),
    ),
    ours: ({ issuer: { issuer, audience } }) =>
      onFastify(
        (request) => request.auth?.claims,
        async (app) => {
          await app.register(fastifyCookie, { secret: sharedSecret })
          const cookies = app as unknown as CookieMethods
          await app.register(verifyJwt, {
            issuer,
            audience,
            tokenSource: ({ headers }) => {
              const { session = '' } = cookies.parseCookie(String(headers['cookie'] ?? ''))
              const { valid, value } = cookies.unsignCookie(session)
              return valid ? (value ?? undefined) : undefined
            },
          })
        },
      ),
    asked: [
      ['a signed cookie', signedCookie, 200],
      ['a cookie that is not signed', inCookie('session'), 401],
    ],
  },
  {
    there: '`formatUser`',
    theirs: theirs({ formatUser: ({ sub }: { sub: string }) => ({ id: sub }) }),
    ours: ours({ claims: subjectAlone }),
    asked: usual,
  },
  {
    there: '`namespace`, `decoratorName`',
    theirs: ({ issuer: { issuer, audience, jwksUrl } }) =>
      onFastify(
        (request) => memberOf(request, 'caller'),
        (app) => app.register(jwtJwks, { jwksUrl, issuer, audience, namespace: 'api', decoratorName: 'caller' }),
        authenticated('apiAuthenticate'),
      ),
    ours: ({ issuer: { issuer, audience } }) =>
      onFastify(
        (request) => (memberOf(request, 'caller') as { claims: unknown } | undefined)?.claims,
        (app) => app.register(verifyJwt, { issuer, audience, decorateAs: 'caller' }),
      ),
    asked: usual,
  },
  {
    there: '`{ preValidation: app.authenticate }`',
    theirs: ({ issuer: { issuer, audience, jwksUrl } }) =>
      onFastify(
        (request) => memberOf(request, 'user'),
        async (app) => {
          await app.register(jwtJwks, { jwksUrl, issuer, audience })
          app.get('/public', async () => 'null')
        },
        authenticated('authenticate'),
      ),
    ours: ({ issuer: { issuer, audience } }) =>
      onFastify(
        (request) => request.auth?.claims,
        async (app) => {
          await app.register(verifyJwt, { issuer, audience })
          app.get('/public', { config: { auth: false } }, async () => 'null')
        },
      ),
    asked: [...usual, ['an open route, without a token', () => ({ path: '/public' }), 200]],
  },
  {
    there: '`request.user`',
    theirs: theirs({}),
    ours: ours({}),
    asked: [passing, ['a token with a claim', bearer(forged({ claims: { tenant: 'acme' } })), 200]],
  },
]

interface CookieMethods {
  parseCookie(header: string): Record<string, string>
  unsignCookie(value: string): { readonly valid: boolean; readonly value: string | null }
}

const { sign } = jest.requireActual<{ readonly sign: (value: string, secret: string) => string }>('@fastify/cookie')

async function signedCookie({ issuer }: Cast): Promise<{ headers: Record<string, string> }> {
  return { headers: { cookie: `session=${encodeURIComponent(sign(await issuer.issue(), sharedSecret))}` } }
}
