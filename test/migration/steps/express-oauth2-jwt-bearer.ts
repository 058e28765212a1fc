import { Agent } from 'node:http'
import { formBody, type VerifierOptions } from '@bearerkit/core'
import { createTestCertificate, type TestCertificate } from '@bearerkit/testing'
import { requireAnyScope, requireClaims, requireScopes, verifyJwt } from '@bearerkit/express'
import express, { type Request, type RequestHandler } from 'express'
import { onExpress } from '../apps.ts'
import { withEnvironment } from '../environment.ts'
import { teapotInExpress } from '../error-handlers.ts'
import { keysOfPem, keysOfSecret } from '../imported-keys.ts'
import {
  anonymous,
  askedOfSecret,
  bearer,
  expired,
  forged,
  inForm,
  inQuery,
  issued,
  passing,
  proven,
  provenOnceForAll,
  secondsFromNow,
  sharedSecret,
  usual,
  whileFailing,
} from '../requests.ts'
import type { App, Cast, Question, RequestMaker, Step } from '../step.ts'

/** By hand, in each of these files: the packages' own declarations would give `req.auth` another type in all of our tests. */
interface JwtBearer {
  readonly auth: (options?: object) => RequestHandler
  readonly requiredScopes: (scopes: string | readonly string[]) => RequestHandler
  readonly scopeIncludesAny: (scopes: string) => RequestHandler
  readonly claimEquals: (name: string, value: unknown) => RequestHandler
  readonly claimIncludes: (name: string, ...values: unknown[]) => RequestHandler
  readonly claimCheck: (check: (claims: Record<string, unknown>) => boolean) => RequestHandler
}

const { auth, requiredScopes, scopeIncludesAny, claimEquals, claimIncludes, claimCheck } =
  jest.requireActual<JwtBearer>('express-oauth2-jwt-bearer')

type Payload = Record<string, unknown>
const payloadOf = (req: Request): Payload | undefined => (req as { auth?: { payload?: Payload } }).auth?.payload

function theirs(options: object, ...guards: readonly RequestHandler[]): (cast: Cast) => App {
  return ({ issuer }) =>
    onExpress(payloadOf, auth({ issuerBaseURL: issuer.issuer, audience: issuer.audience, ...options }), ...guards)
}

function ours(options: VerifierOptions, ...guards: readonly RequestHandler[]): (cast: Cast) => App {
  return ({ issuer }) =>
    onExpress(
      (req) => req.auth?.claims,
      verifyJwt({ issuer: issuer.issuer, audience: issuer.audience, ...options }),
      ...guards,
    )
}

const sameProof = provenOnceForAll()
const certificate = createTestCertificate()

/** A token that is bound to the certificate, and the certificate that a proxy says the client has. */
function withCertificate(sent?: TestCertificate): RequestMaker {
  const headers: Record<string, string> = sent === undefined ? {} : { 'x-client-cert': encodeURIComponent(sent.cert) }
  return bearer(({ issuer }) => issuer.issue({}, { boundTo: { certificate: certificate.cert } }), { headers })
}

/** For options that change no answer. */
function alike(there: string, options: object, migrated: VerifierOptions): Step {
  return { there, theirs: theirs(options), ours: ours(migrated), asked: usual }
}

const tenant: Question = ['the claim', bearer(issued({ tenant: 'acme' })), 200]
const noTenant = (there: number, here: number): Question => ['no such claim', bearer(), there, here]

export const fromExpressOauth2JwtBearer: readonly Step[] = [
  {
    there: '`ISSUER_BASE_URL`, `AUDIENCE`',
    theirs: ({ issuer: { issuer, audience } }) =>
      withEnvironment({ ISSUER_BASE_URL: issuer, AUDIENCE: audience }, () => onExpress(payloadOf, auth())),
    ours: ({ issuer: { issuer, audience } }) =>
      withEnvironment({ BEARERKIT_ISSUER: issuer, BEARERKIT_AUDIENCE: audience }, () =>
        onExpress((req) => req.auth?.claims, verifyJwt()),
      ),
    asked: usual,
  },
  alike('`issuerBaseURL`', {}, {}),
  {
    there: '`issuer` with `jwksUri`',
    theirs: (cast) =>
      theirs({ issuerBaseURL: undefined, issuer: cast.issuer.issuer, jwksUri: cast.issuer.jwksUrl })(cast),
    ours: (cast) => ours({ jwksUrl: cast.issuer.jwksUrl })(cast),
    asked: usual,
  },
  alike(
    '`audience`',
    { audience: ['https://api.example.com', 'https://b.example'] },
    { audience: ['https://api.example.com', 'https://b.example'] },
  ),
  {
    there: '`secret` with `tokenSigningAlg`',
    theirs: ({ issuer: { issuer, audience } }) =>
      onExpress(payloadOf, auth({ issuer, audience, secret: sharedSecret, tokenSigningAlg: 'HS256' })),
    ours: async (cast) => ours({ keys: await keysOfSecret(sharedSecret), algorithms: ['HS256'] })(cast),
    asked: [...askedOfSecret, ['a token of a public key', bearer(), 401]],
  },
  {
    there: '`publicKey` with `tokenSigningAlg`',
    theirs: ({ issuer: { issuer, audience }, pem }) =>
      onExpress(payloadOf, auth({ issuer, audience, publicKey: pem, tokenSigningAlg: 'RS256' })),
    ours: async (cast) => ours({ keys: await keysOfPem(cast) })(cast),
    asked: usual,
  },
  {
    there: '`tokenSigningAlg`',
    theirs: theirs({ tokenSigningAlg: 'ES256' }),
    ours: ours({ algorithms: ['ES256'] }),
    asked: [['a token of another algorithm', bearer(), 401]],
  },
  {
    there: '`strict`',
    theirs: theirs({ strict: true }),
    ours: ours({ profile: 'rfc9068' }),
    asked: [
      ['an access token', bearer(issued({ client_id: 'client-1' })), 200],
      ['a token of another type', bearer(forged({ header: { typ: 'JWT' } })), 401],
    ],
  },
  {
    there: '`authRequired: false`',
    theirs: theirs({ authRequired: false }),
    ours: ours({ mode: 'optional' }),
    asked: [passing, ['no token', () => ({}), 200], [expired[0], expired[1], 200, 401]],
  },
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
    there: '`maxTokenAge` (seconds)',
    theirs: theirs({ maxTokenAge: 300 }),
    ours: ours({ maxTokenAge: 300 }),
    asked: [passing, ['an old token', bearer(forged(() => ({ claims: { iat: secondsFromNow(-400) } }))), 401]],
  },
  {
    there: '`validators`',
    theirs: theirs({ validators: { tenant: (value: unknown) => value === 'acme' } }),
    ours: ours({}, requireClaims({ tenant: 'acme' })),
    asked: [tenant, noTenant(401, 403)],
  },
  alike('`cacheMaxAge`, `cache.jwks.ttl` (milliseconds)', { cacheMaxAge: 60_000 }, { cacheTtl: '1m' }),
  {
    there: '`timeoutDuration` (milliseconds)',
    theirs: theirs({ timeoutDuration: 100 }),
    ours: ours({ requestTimeout: '100ms' }),
    asked: [['a good token, while the issuer hangs', whileFailing({ kind: 'hang' }, { only: 'jwks' }), 401, 503]],
  },
  alike('`cooldownDuration`', { cooldownDuration: 1000 }, {}),
  alike('`agent`', { agent: new Agent() }, { fetch: (url, init) => fetch(url, init) }),
  {
    there: '`mcd.issuers`',
    theirs: ({ issuer, other }) =>
      onExpress(payloadOf, auth({ audience: issuer.audience, mcd: { issuers: [issuer.issuer, other.issuer] } })),
    ours: ({ issuer, other }) =>
      onExpress(
        (req) => req.auth?.claims,
        verifyJwt({ audience: issuer.audience, issuers: [{ issuer: issuer.issuer }, { issuer: other.issuer }] }),
      ),
    asked: [
      passing,
      ['a token of the other issuer', bearer(({ other }) => other.issue()), 200],
      ['a token that names no issuer', bearer(forged({ claims: { iss: undefined } })), 401],
    ],
  },
  {
    there: '`dpop`',
    theirs: theirs({ dpop: { enabled: true } }),
    ours: ours({ dpop: true }),
    asked: [
      passing,
      ['a bound token with a proof', proven(), 200],
      ['a bound token as Bearer', bearer(issued({ cnf: { jkt: 'x'.repeat(43) } })), 401],
      ['a proof for another URL', proven('/other'), 400, 401],
      ['a proof', sameProof, 200],
      ['the same proof again', sameProof, 200, 401],
    ],
  },
  {
    there: '`dpop: { required }`',
    theirs: theirs({ dpop: { enabled: true, required: true } }),
    ours: ours({ dpop: { required: true } }),
    asked: [
      ['a bound token with a proof', proven(), 200],
      ['a token that is not bound', bearer(), 400, 401],
    ],
  },
  {
    there: '`mtls`, `getCertificate`',
    theirs: theirs({
      getCertificate: ({ headers }: Request) =>
        headers['x-client-cert'] === undefined ? undefined : decodeURIComponent(String(headers['x-client-cert'])),
    }),
    ours: ours({
      mtls: { certificate: { header: 'x-client-cert', format: 'pem-urlencoded', trusted: () => true } },
    }),
    asked: [
      passing,
      ['a bound token with its certificate', withCertificate(certificate), 200],
      ['a bound token with another certificate', withCertificate(createTestCertificate()), 401],
      ['a bound token without a certificate', withCertificate(), 400, 401],
    ],
  },
  {
    there: 'a token in the query or in a form',
    theirs: (cast) =>
      onExpress(
        payloadOf,
        express.urlencoded({ extended: false }),
        auth({ issuerBaseURL: cast.issuer.issuer, audience: cast.issuer.audience }),
      ),
    ours: (cast) =>
      onExpress(
        (req) => req.auth?.claims,
        express.urlencoded({ extended: false }),
        verifyJwt({ issuer: cast.issuer.issuer, audience: cast.issuer.audience, tokenSource: formBody() }),
      ),
    asked: [
      ['a token in a form', inForm(), 200],
      ['a token in the query', inQuery(), 200, 401],
    ],
  },
  alike('`req.auth.payload`, `.header`, `.token`', {}, {}),
  {
    there: "`requiredScopes('a b')`, `requiredScopes(['a'])`",
    theirs: theirs({}, requiredScopes('a b')),
    ours: ours({}, requireScopes('a', 'b')),
    asked: [
      ['both scopes', bearer(issued({ scope: 'a b' })), 200],
      ['one scope', bearer(issued({ scope: 'a' })), 403],
    ],
  },
  {
    there: "`scopeIncludesAny('a b')`",
    theirs: theirs({}, scopeIncludesAny('a b')),
    ours: ours({}, requireAnyScope('a', 'b')),
    asked: [
      ['one scope', bearer(issued({ scope: 'b' })), 200],
      ['no scope', bearer(), 403],
    ],
  },
  {
    there: '`claimEquals(name, value)`',
    theirs: theirs({}, claimEquals('tenant', 'acme')),
    ours: ours({}, requireClaims({ tenant: 'acme' })),
    asked: [tenant, noTenant(401, 403)],
  },
  {
    there: '`claimIncludes(name, ...values)`',
    theirs: theirs({}, claimIncludes('groups', 'a', 'b')),
    ours: ours({}, requireClaims({ groups: 'a' }), requireClaims({ groups: 'b' })),
    asked: [
      ['all values', bearer(issued({ groups: ['a', 'b', 'c'] })), 200],
      ['one of them', bearer(issued({ groups: ['a'] })), 401, 403],
    ],
  },
  {
    there: '`claimCheck(fn)`',
    theirs: theirs(
      {},
      claimCheck(({ tenant: one }) => one === 'acme'),
    ),
    ours: ours(
      {},
      requireClaims(({ tenant: one }) => one === 'acme'),
    ),
    asked: [tenant, noTenant(401, 403)],
  },
  {
    there: '`UnauthorizedError`, `InvalidTokenError`, …',
    theirs: (cast) =>
      onExpress(
        payloadOf,
        auth({ issuerBaseURL: cast.issuer.issuer, audience: cast.issuer.audience }),
        teapotInExpress((error) => error.code === 'invalid_token'),
      ),
    ours: (cast) =>
      onExpress(
        (req) => req.auth?.claims,
        verifyJwt({ issuer: cast.issuer.issuer, audience: cast.issuer.audience }),
        teapotInExpress((error) => error.code === 'token_expired'),
      ),
    asked: [anonymous, [expired[0], expired[1], 418]],
  },
]
