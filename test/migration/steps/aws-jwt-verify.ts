import { LocalKeyProvider, RemoteJwksKeyProvider } from '@bearerkit/core'
import { requireAnyScope, requireClaims, verifyJwt, type VerifyJwtOptions } from '@bearerkit/express'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { onExpress } from '../apps.ts'
import {
  around,
  cacheOf,
  JwtExpiredError,
  JwtVerifier,
  payloadOf,
  SimpleJwksCache,
  SimplePenaltyBox,
  type Verifier,
} from '../aws-verifiers.ts'
import { teapotInExpress } from '../error-handlers.ts'
import {
  anonymous,
  bearer,
  expired,
  forged,
  issued,
  passing,
  secondsFromNow,
  usual,
  whileFailing,
} from '../requests.ts'
import type { App, Cast, Step } from '../step.ts'
import { fromCognito } from './cognito.ts'

function verifierFor(cast: Cast, properties: object = {}, cache: object = {}): Verifier {
  const { issuer, audience, jwksUrl } = cast.issuer
  return JwtVerifier.create({ issuer, audience, jwksUri: jwksUrl, ...properties }, cacheOf(cast, cache))
}

function theirs(properties: object, ...handlers: readonly ErrorRequestHandler[]): (cast: Cast) => App {
  return (cast) => {
    const verifier = verifierFor(cast, properties)
    return onExpress(
      payloadOf,
      around((token) => verifier.verify(token)),
      ...handlers,
    )
  }
}

function ours(
  options: VerifyJwtOptions,
  ...handlers: readonly (RequestHandler | ErrorRequestHandler)[]
): (cast: Cast) => App {
  return ({ issuer: { issuer, audience } }) =>
    onExpress((req) => req.auth?.claims, verifyJwt({ issuer, audience, ...options }), ...handlers)
}

export const fromAwsJwtVerify: readonly Step[] = [
  ...fromCognito,
  {
    there: '`scope`',
    theirs: theirs({ scope: ['a', 'b'] }),
    ours: ours({}, requireAnyScope('a', 'b')),
    asked: [
      ['one of the scopes', bearer(issued({ scope: 'b' })), 200],
      ['no scope', bearer(), 401, 403],
    ],
  },
  {
    there: '`JwtVerifier`, `issuer`, `audience`, `jwksUri`',
    theirs: theirs({}),
    ours: (cast) => ours({ jwksUrl: cast.issuer.jwksUrl })(cast),
    asked: usual,
  },
  {
    there: '`issuer: null`',
    theirs: theirs({ issuer: null }),
    ours: ours({}),
    asked: [passing, ['a token without issuer', bearer(forged({ claims: { iss: undefined } })), 200, 401]],
  },
  {
    there: '`audience: null`',
    theirs: theirs({ audience: null }),
    ours: ours({ audience: null }),
    asked: [passing, ['a token for another audience', bearer(({ issuer }) => issuer.forged.wrongAudience()), 200]],
  },
  {
    there: '`graceSeconds`',
    theirs: theirs({ graceSeconds: 60 }),
    ours: ours({ clockTolerance: 60 }),
    asked: [
      ['a token that expired just now', bearer(forged(() => ({ claims: { exp: secondsFromNow(-30) } }))), 200],
      ['a token that expired before', bearer(forged(() => ({ claims: { exp: secondsFromNow(-90) } }))), 401],
    ],
  },
  {
    there: '`customJwtCheck`',
    theirs: theirs({
      customJwtCheck: ({ payload }: { payload: Record<string, unknown> }) => {
        if (payload['tenant'] !== 'acme') throw new Error('another tenant')
      },
    }),
    ours: ours({}, requireClaims({ tenant: 'acme' })),
    asked: [
      ['the claim', bearer(issued({ tenant: 'acme' })), 200],
      ['no such claim', bearer(), 401, 403],
    ],
  },
  {
    there: '`create([…])`',
    theirs: ({ issuer, other }) => {
      const jwksCache = new SimpleJwksCache({
        fetcher: { fetch: async (uri: string) => (await fetch(uri)).arrayBuffer() },
      })
      const properties = [issuer, other].map((one) => ({
        issuer: one.issuer,
        audience: one.audience,
        jwksUri: one.jwksUrl,
      }))
      const verifier = JwtVerifier.create(properties, { jwksCache })
      return onExpress(
        payloadOf,
        around((token) => verifier.verify(token)),
      )
    },
    ours: ({ issuer, other }) =>
      onExpress(
        (req) => req.auth?.claims,
        verifyJwt({ audience: issuer.audience, issuers: [{ issuer: issuer.issuer }, { issuer: other.issuer }] }),
      ),
    asked: [passing, ['a token of the other issuer', bearer(({ other }) => other.issue()), 200]],
  },
  {
    there: '`hydrate()`',
    async theirs(cast) {
      const verifier = verifierFor(cast)
      await verifier.hydrate()
      return onExpress(
        payloadOf,
        around((token) => verifier.verify(token)),
      )
    },
    async ours(cast) {
      const keys = new RemoteJwksKeyProvider({ issuer: cast.issuer.issuer })
      await keys.ready()
      return ours({ keys })(cast)
    },
    asked: [['a good token, while the issuer is down', whileFailing({ kind: 'down' }), 200]],
  },
  {
    there: '`cacheJwks(jwks)`',
    async theirs(cast) {
      const verifier = verifierFor(cast)
      verifier.cacheJwks(await cast.issuer.keys.jwks())
      return onExpress(
        payloadOf,
        around((token) => verifier.verify(token)),
      )
    },
    async ours(cast) {
      const keys = new LocalKeyProvider()
      for (const { kid, ...jwk } of (await cast.issuer.keys.jwks()).keys)
        await keys.importKey({ alg: 'RS256', publishedKid: String(kid) }, jwk)
      return ours({ keys })(cast)
    },
    asked: [['a good token, while the issuer is down', whileFailing({ kind: 'down' }), 200]],
  },
  {
    there: '`verifySync(token)`',
    async theirs(cast) {
      const verifier = verifierFor(cast)
      await verifier.hydrate()
      return onExpress(
        payloadOf,
        around((token) => verifier.verifySync(token)),
      )
    },
    ours: ours({}),
    asked: usual,
  },
  {
    there: '`SimpleJwksCache`, `Fetcher`',
    theirs: theirs({}),
    ours: ours({ fetch: (url, init) => fetch(url, init) }),
    asked: usual,
  },
  {
    there: '`SimplePenaltyBox`',
    theirs: (cast) => {
      const verifier = verifierFor(cast, {}, { penaltyBox: new SimplePenaltyBox({ waitSeconds: 1 }) })
      return onExpress(
        payloadOf,
        around((token) => verifier.verify(token)),
      )
    },
    ours: ours({}),
    asked: [passing, ['an unknown kid', bearer(({ issuer }) => issuer.forged.unknownKid()), 401], passing],
  },
  { there: '`includeRawJwtInErrors`', theirs: theirs({ includeRawJwtInErrors: true }), ours: ours({}), asked: usual },
  {
    there: '`JwtExpiredError`, …',
    theirs: theirs(
      {},
      teapotInExpress((error) => error instanceof JwtExpiredError),
    ),
    ours: ours(
      {},
      teapotInExpress((error) => error.code === 'token_expired'),
    ),
    asked: [anonymous, [expired[0], expired[1], 418]],
  },
]
