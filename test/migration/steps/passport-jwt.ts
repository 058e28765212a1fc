import { authorizationHeader, cookie, formBody } from '@bearerkit/core'
import { requireClaims, verifyJwt, type VerifyJwtOptions } from '@bearerkit/express'
import express, { type Request, type RequestHandler } from 'express'
import { onExpress } from '../apps.ts'
import { keysOfPem, keysOfSecret } from '../imported-keys.ts'
import {
  anonymous,
  askedOfSecret,
  bearer,
  expired,
  forged,
  inCookie,
  inForm,
  inQuery,
  issued,
  passing,
  secondsFromNow,
  sharedSecret,
  usual,
} from '../requests.ts'
import type { App, Cast, Step } from '../step.ts'

type Payload = Record<string, unknown>
type Done = (error: unknown, user?: unknown) => void

interface Passport {
  use(strategy: unknown): void
  authenticate(name: string, options: object): RequestHandler
}
type Extractor = (req: Request) => string | null

interface PassportJwt {
  readonly Strategy: new (options: object, verify: (payload: Payload, done: Done) => void) => unknown
  readonly ExtractJwt: {
    fromAuthHeaderAsBearerToken(): Extractor
    fromAuthHeaderWithScheme(scheme: string): Extractor
    fromHeader(name: string): Extractor
    fromBodyField(name: string): Extractor
    fromUrlQueryParameter(name: string): Extractor
    fromExtractors(extractors: readonly Extractor[]): Extractor
  }
}

const { Passport } = jest.requireActual<{ Passport: new () => Passport }>('passport')
const { Strategy, ExtractJwt } = jest.requireActual<PassportJwt>('passport-jwt')
const { passportJwtSecret } = jest.requireActual<{ readonly passportJwtSecret: (options: object) => unknown }>(
  'jwks-rsa',
)

const user = (req: Request): unknown => (req as { user?: unknown }).user

function theirs(
  options: object,
  verify: (payload: Payload, done: Done) => void = (payload, done) => done(null, payload),
): (cast: Cast) => App {
  return ({ issuer: { issuer, audience }, pem }) => {
    const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
    const passport = new Passport()
    passport.use(new Strategy({ jwtFromRequest, secretOrKey: pem, issuer, audience, ...options }, verify))
    return onExpress(user, express.urlencoded({ extended: false }), passport.authenticate('jwt', { session: false }))
  }
}

function ours(options: VerifyJwtOptions, ...handlers: readonly RequestHandler[]): (cast: Cast) => App {
  return ({ issuer: { issuer, audience } }) =>
    onExpress(
      (req) => req.auth?.claims,
      express.urlencoded({ extended: false }),
      verifyJwt({ issuer, audience, ...options }),
      ...handlers,
    )
}

/** What users are loaded from. */
const users = new Map([['user-1', { name: 'Ada' }]])

const loadUser: RequestHandler = (req, res, next) => {
  const known = users.get(req.auth.claims.sub ?? '')
  if (known === undefined) return void res.sendStatus(403)
  Object.assign(req, { user: known })
  next()
}

export const fromPassportJwt: readonly Step[] = [
  {
    there: '`secretOrKey`, a text or `Buffer`',
    theirs: theirs({ secretOrKey: sharedSecret }),
    ours: async (cast) => ours({ keys: await keysOfSecret(sharedSecret), algorithms: ['HS256'] })(cast),
    asked: askedOfSecret,
  },
  {
    there: '`secretOrKey`, a PEM',
    theirs: theirs({}),
    ours: async (cast) => ours({ keys: await keysOfPem(cast) })(cast),
    asked: usual,
  },
  {
    there: '`secretOrKeyProvider`; `passportJwtSecret({ … })`',
    theirs: (cast) =>
      theirs({
        secretOrKey: undefined,
        secretOrKeyProvider: passportJwtSecret({ jwksUri: cast.issuer.jwksUrl }),
        algorithms: ['RS256'],
      })(cast),
    ours: ours({}),
    asked: usual,
  },
  {
    there: '`fromAuthHeaderAsBearerToken()`',
    theirs: theirs({}),
    ours: ours({}),
    asked: [passing, anonymous],
  },
  {
    there: "`fromHeader(name)`, `fromAuthHeaderWithScheme('jwt')`",
    theirs: theirs({ jwtFromRequest: ExtractJwt.fromHeader('x-token') }),
    ours: ours({ tokenSource: ({ headers }) => headers['x-token'] }),
    asked: [
      ['a token in that header', async ({ issuer }) => ({ headers: { 'x-token': await issuer.issue() } }), 200],
      anonymous,
    ],
  },
  {
    there: "`fromBodyField('access_token')`",
    theirs: theirs({ jwtFromRequest: ExtractJwt.fromBodyField('access_token') }),
    ours: ours({ tokenSource: formBody() }),
    asked: [['a token in a form', inForm(), 200], anonymous],
  },
  {
    there: '`fromUrlQueryParameter(name)`',
    theirs: theirs({ jwtFromRequest: ExtractJwt.fromUrlQueryParameter('token') }),
    ours: ours({ tokenSource: ({ url = '' }) => new URL(url, 'http://localhost').searchParams.getAll('token') }),
    asked: [['a token in the query', inQuery('token'), 200], anonymous],
  },
  {
    there: '`fromExtractors([…])`',
    theirs: theirs({
      jwtFromRequest: ExtractJwt.fromExtractors([
        ExtractJwt.fromAuthHeaderAsBearerToken(),
        (req) => /session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] ?? null,
      ]),
    }),
    ours: ours({ tokenSource: [authorizationHeader(), cookie('session')] }),
    asked: [passing, ['a token in a cookie', inCookie('session'), 200], anonymous],
  },
  {
    there: '`issuer`, `audience`, `algorithms`',
    theirs: theirs({ algorithms: ['RS256'] }),
    ours: ours({ algorithms: ['RS256'] }),
    asked: usual,
  },
  {
    there: '`ignoreExpiration`',
    theirs: theirs({ ignoreExpiration: true }),
    ours: ours({}),
    asked: [[expired[0], expired[1], 200, 401]],
  },
  {
    there: '`jsonWebTokenOptions: { clockTolerance, maxAge }`',
    theirs: theirs({ jsonWebTokenOptions: { clockTolerance: 60, maxAge: '5m' } }),
    ours: ours({ clockTolerance: 60, maxTokenAge: '5m' }),
    asked: [
      ['a token that expired just now', bearer(forged(() => ({ claims: { exp: secondsFromNow(-30) } }))), 200],
      ['an old token', bearer(forged(() => ({ claims: { iat: secondsFromNow(-400) } }))), 401],
    ],
  },
  {
    there: '`verify`, `done(null, user)`',
    theirs: theirs({}, ({ sub }, done) => done(null, users.get(String(sub)))),
    ours: ({ issuer: { issuer, audience } }) =>
      onExpress((req) => (req as { user?: unknown }).user, verifyJwt({ issuer, audience }), loadUser),
    asked: [passing, ['a user who is unknown', bearer(issued({ sub: 'user-9' })), 401, 403], anonymous],
  },
  {
    there: '`done(null, false)`',
    theirs: theirs({}, (payload, done) => done(null, payload['tenant'] === 'acme' && payload)),
    ours: ours({}, requireClaims({ tenant: 'acme' })),
    asked: [
      ['the claim', bearer(issued({ tenant: 'acme' })), 200],
      ['no such claim', bearer(), 401, 403],
    ],
  },
  {
    there: "`passport.authenticate('jwt', { session: false })`",
    theirs: theirs({}),
    ours: ours({}),
    asked: usual,
  },
  { there: '`req.user`', theirs: theirs({}), ours: ours({}), asked: [passing] },
]
