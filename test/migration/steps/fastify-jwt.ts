import { generateKeyPairSync } from 'node:crypto'
import { cookie, LocalKeyProvider, TokenIssuer, type TokenIssuerOptions } from '@bearerkit/core'
import { verifyJwt, type VerifyJwtOptions } from '@bearerkit/fastify'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { onFastify } from '../apps.ts'
import { teapotInFastify } from '../error-handlers.ts'
import { keysOfPem } from '../imported-keys.ts'
import {
  anonymous,
  bearer,
  expired,
  forged,
  inCookie,
  issued,
  passing,
  secondsFromNow,
  signedWith,
  usual,
} from '../requests.ts'
import type { App, Cast, Question, Step } from '../step.ts'

const fastifyJwt = jest.requireActual<FastifyPluginAsync<Record<string, unknown>>>('@fastify/jwt')
const fastifyCookie = jest.requireActual<FastifyPluginAsync<Record<string, unknown>>>('@fastify/cookie')

const memberOf = (request: FastifyRequest, name: string): unknown =>
  (request as unknown as Record<string, unknown>)[name]

type Setting = {
  readonly verify?: object
  readonly options?: object
  readonly property?: string
  readonly setUp?: (app: FastifyInstance) => unknown
}

function theirs({
  verify,
  options,
  property = 'user',
  setUp = () => undefined,
}: Setting): (cast: Cast) => Promise<App> {
  return ({ issuer: { issuer, audience }, pem }) =>
    onFastify(
      (request) => memberOf(request, property),
      async (app) => {
        await setUp(app)
        await app.register(fastifyJwt, {
          secret: { public: pem },
          verify: { allowedIss: issuer, allowedAud: audience, ...verify },
          ...options,
        })
      },
      { onRequest: (request: FastifyRequest) => (request as unknown as { jwtVerify(): Promise<unknown> }).jwtVerify() },
    )
}

function ours(
  options: VerifyJwtOptions,
  setUp: (app: FastifyInstance) => unknown = () => undefined,
): (cast: Cast) => Promise<App> {
  return ({ issuer: { issuer, audience } }) =>
    onFastify(
      (request) => request.auth?.claims,
      async (app) => {
        await setUp(app)
        await app.register(verifyJwt, { issuer, audience, ...options })
      },
    )
}

const { privateKey, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** What a token says, for an app whose route makes one: no two tokens are the same. */
function summaryOf(token: string): object {
  const [, payload = ''] = token.split('.')
  const { sub, iss, aud, exp, iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, number>
  return { sub, iss, aud, lifetime: exp === undefined || iat === undefined ? undefined : exp - iat }
}

function theirIssuer(sign: object): (cast: Cast) => Promise<App> {
  return () =>
    onFastify(
      () => undefined,
      async (app) => {
        const secret = { private: privateKey, public: publicKey }
        await app.register(fastifyJwt, { secret, sign: { algorithm: 'ES256', ...sign } })
        app.get('/token', async (_request, reply) => {
          const signer = reply as unknown as { jwtSign(payload: object): Promise<string> }
          return summaryOf(await signer.jwtSign({ sub: 'user-1' }))
        })
      },
    )
}

function ourIssuer(
  options: Pick<TokenIssuerOptions, 'issuer' | 'audience' | 'expiresIn'>,
): (cast: Cast) => Promise<App> {
  return () =>
    onFastify(
      () => undefined,
      async (app) => {
        const keys = new LocalKeyProvider()
        await keys.importKey({ alg: 'ES256' }, privateKey)
        const tokens = new TokenIssuer({ keys, ...options })
        app.get('/token', async () => summaryOf(await tokens.issue({ sub: 'user-1' })))
      },
    )
}

const named = { issuer: 'https://api.example.com', audience: 'https://api.example.com', expiresIn: '15m' } as const
const namedThere = { iss: named.issuer, aud: named.audience, expiresIn: named.expiresIn }

const token: Question = ['a request for a token', () => ({ path: '/token' }), 200]

export const fromFastifyJwt: readonly Step[] = [
  {
    there: '`secret: { public }`, `verify.key`',
    theirs: theirs({}),
    ours: async (cast) => ours({ keys: await keysOfPem(cast) })(cast),
    asked: usual,
  },
  {
    there: '`secret: { private }`, `reply.jwtSign(payload)`',
    theirs: theirIssuer(namedThere),
    ours: ourIssuer(named),
    asked: [token],
  },
  {
    there: '`sign.expiresIn`, `sign.iss`, `sign.aud`',
    theirs: theirIssuer({ ...namedThere, expiresIn: '1h' }),
    ours: ourIssuer({ ...named, expiresIn: '1h' }),
    asked: [token],
  },
  {
    there: '`verify.algorithms`',
    theirs: theirs({ verify: { algorithms: ['RS256'] } }),
    ours: ours({ algorithms: ['RS256'] }),
    asked: [passing, ['a token of another algorithm', bearer(signedWith('x'.repeat(32))), 500, 401]],
  },
  { there: '`verify.allowedIss`, `verify.allowedAud`', theirs: theirs({}), ours: ours({}), asked: usual },
  {
    there: '`verify.clockTolerance` (milliseconds)',
    theirs: theirs({ verify: { clockTolerance: 60_000 } }),
    ours: ours({ clockTolerance: 60 }),
    asked: [
      ['a token that expired just now', bearer(forged(() => ({ claims: { exp: secondsFromNow(-30) } }))), 200],
      ['a token that expired before', bearer(forged(() => ({ claims: { exp: secondsFromNow(-90) } }))), 401],
    ],
  },
  {
    there: '`verify.maxAge`',
    theirs: theirs({ verify: { maxAge: '5m' } }),
    ours: ours({ maxTokenAge: '5m' }),
    asked: [passing, ['an old token', bearer(forged(() => ({ claims: { iat: secondsFromNow(-400) } }))), 401]],
  },
  {
    there: '`verify.requiredClaims`',
    theirs: theirs({ verify: { requiredClaims: ['tenant'] } }),
    ours: ours({ requiredClaims: ['tenant'] }),
    asked: [
      ['the claim', bearer(issued({ tenant: 'acme' })), 200],
      ['no such claim', bearer(), 401],
    ],
  },
  {
    there: '`verify.cache`, `verify.cacheTTL`',
    theirs: theirs({ verify: { cache: 100, cacheTTL: 60_000 } }),
    ours: ours({ cache: { max: 100 } }),
    asked: usual,
  },
  {
    there: '`verify.extractToken`',
    theirs: theirs({ verify: { extractToken: ({ headers }: FastifyRequest) => headers['x-token'] } }),
    ours: ours({ tokenSource: ({ headers }) => headers['x-token'] }),
    asked: [
      ['a token in that header', async ({ issuer }) => ({ headers: { 'x-token': await issuer.issue() } }), 200],
      [anonymous[0], anonymous[1], 400, 401],
    ],
  },
  {
    there: '`verify.onlyCookie`',
    theirs: theirs({
      verify: { onlyCookie: true },
      options: { cookie: { cookieName: 'session' } },
      setUp: (app) => app.register(fastifyCookie),
    }),
    ours: ours({ tokenSource: cookie('session') }),
    asked: [['a token in the cookie', inCookie('session'), 200], ['a token in the header', bearer(), 401], anonymous],
  },
  {
    there: '`trusted(request, token)`',
    theirs: theirs({
      options: { trusted: async (_request: FastifyRequest, { jti }: { jti?: string }) => jti !== 'revoked' },
    }),
    ours: ours({ isRevoked: async ({ jti }) => jti === 'revoked' }),
    asked: [passing, ['a revoked token', bearer(forged({ claims: { jti: 'revoked' } })), 401]],
  },
  {
    there: '`decoratorName`, `namespace`',
    theirs: theirs({ options: { decoratorName: 'caller' }, property: 'caller' }),
    ours: ({ issuer: { issuer, audience } }) =>
      onFastify(
        (request) => (memberOf(request, 'caller') as { claims: unknown } | undefined)?.claims,
        (app) => app.register(verifyJwt, { issuer, audience, decorateAs: 'caller' }),
      ),
    asked: usual,
  },
  {
    there: '`messages`',
    theirs: theirs({
      options: { messages: { authorizationTokenExpiredMessage: 'ended' } },
      setUp: teapotInFastify((error) => error.message === 'ended'),
    }),
    ours: ours(
      {},
      teapotInFastify((error) => error.code === 'token_expired'),
    ),
    asked: [anonymous, [expired[0], expired[1], 418]],
  },
  { there: '`request.jwtVerify()` in a hook', theirs: theirs({}), ours: ours({}), asked: usual },
  {
    there: '`FST_JWT_…`',
    theirs: theirs({ setUp: teapotInFastify((error) => error.code === 'FST_JWT_AUTHORIZATION_TOKEN_EXPIRED') }),
    ours: ours(
      {},
      teapotInFastify((error) => error.code === 'token_expired'),
    ),
    asked: [anonymous, [expired[0], expired[1], 418]],
  },
]
