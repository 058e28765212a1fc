import { Agent } from 'node:http'
import { RemoteJwksKeyProvider } from '@bearerkit/core'
import { verifyJwt, type VerifyJwtOptions } from '@bearerkit/express'
import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import { onExpress } from '../apps.ts'
import { teapotInExpress } from '../error-handlers.ts'
import { keysOfPem } from '../imported-keys.ts'
import { bearer, passing, usual, whileFailing } from '../requests.ts'
import type { App, Cast, Step } from '../step.ts'

const { expressjwt } = jest.requireActual<{ readonly expressjwt: (options: object) => RequestHandler }>('express-jwt')
const { expressJwtSecret } = jest.requireActual<{ readonly expressJwtSecret: (options: object) => unknown }>('jwks-rsa')

function theirs(options: object, ...handlers: readonly ErrorRequestHandler[]): (cast: Cast) => App {
  return ({ issuer: { issuer, audience, jwksUrl } }) => {
    const secret = expressJwtSecret({ jwksUri: jwksUrl, ...options })
    const middleware = expressjwt({ secret, algorithms: ['RS256'], issuer, audience })
    return onExpress((req: Request) => req.auth, middleware, ...handlers)
  }
}

function ours(options: VerifyJwtOptions, ...handlers: readonly ErrorRequestHandler[]): (cast: Cast) => App {
  return ({ issuer: { issuer, audience, jwksUrl } }) => {
    const source = options.keys === undefined ? { jwksUrl } : {}
    return onExpress((req) => req.auth?.claims, verifyJwt({ issuer, audience, ...source, ...options }), ...handlers)
  }
}

/** For options that change no answer. */
function alike(there: string, options: object, migrated: VerifyJwtOptions): Step {
  return { there, theirs: theirs(options), ours: ours(migrated), asked: usual }
}

const inMilliseconds = 60_000

export const fromJwksRsa: readonly Step[] = [
  alike('`jwksUri`', {}, {}),
  alike('`cache`, `cacheMaxEntries`', { cache: true, cacheMaxEntries: 5 }, {}),
  alike('`cacheMaxAge` (milliseconds)', { cacheMaxAge: inMilliseconds }, { cacheTtl: '1m' }),
  {
    there: '`cacheMaxAgeFallback` (milliseconds)',
    theirs: theirs({ cacheMaxAge: 1, cacheMaxAgeFallback: inMilliseconds }),
    ours: ours({ cacheTtl: '1ms', staleIfError: '1m' }),
    asked: [passing, ['a good token, while the issuer is down', whileFailing({ kind: 'down' }), 200]],
  },
  {
    there: '`onStaleCacheFallback`',
    theirs: theirs({ cacheMaxAge: 1, cacheMaxAgeFallback: inMilliseconds, onStaleCacheFallback: () => undefined }),
    ours(cast) {
      const { issuer, jwksUrl } = cast.issuer
      const keys = new RemoteJwksKeyProvider({ issuer, jwksUrl, cacheTtl: '1ms', staleIfError: '1m' })
      keys.on('servingStale', () => undefined)
      return ours({ keys })(cast)
    },
    asked: [passing, ['a good token, while the issuer is down', whileFailing({ kind: 'down' }), 200]],
  },
  alike('`rateLimit`, `jwksRequestsPerMinute`', { rateLimit: true, jwksRequestsPerMinute: 5 }, {}),
  {
    there: '`timeout` (milliseconds)',
    theirs: theirs({ timeout: 100 }),
    ours: ours({ requestTimeout: '100ms' }),
    asked: [['a good token, while the issuer hangs', whileFailing({ kind: 'hang' }), 500, 503]],
  },
  alike('`requestHeaders`', { requestHeaders: { 'x-tenant': 'acme' } }, { headers: { 'x-tenant': 'acme' } }),
  alike(
    '`requestAgent`, `proxy`, `fetcher`',
    { requestAgent: new Agent() },
    { fetch: (url: string, init: RequestInit) => fetch(url, init) },
  ),
  {
    there: '`getKeysInterceptor`',
    theirs: (cast) =>
      theirs({
        jwksUri: cast.other.jwksUrl,
        getKeysInterceptor: () => cast.issuer.keys.jwks().then(({ keys }) => keys),
      })(cast),
    ours: async (cast) => ours({ keys: await keysOfPem(cast) })(cast),
    asked: usual,
  },
  {
    there: '`handleSigningKeyError`',
    theirs: theirs(
      {
        handleSigningKeyError: (error: Error, done: (error: Error) => void) => {
          done(Object.assign(new Error(), { code: error.name === 'SigningKeyNotFoundError' ? 'no key' : 'no keys' }))
        },
      },
      teapotInExpress((error) => error.code === 'no key'),
    ),
    ours: ours(
      {},
      teapotInExpress((error) => error.reason === 'key_unknown'),
    ),
    asked: [passing, ['an unknown kid', bearer(({ issuer }) => issuer.forged.unknownKid()), 418]],
  },
]
