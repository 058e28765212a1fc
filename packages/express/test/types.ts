// Compiled but never run: code that users may write without a cast, and code that must not compile.
import { type AccessTokenClaims, LocalKeyProvider, RemoteJwksKeyProvider, type StandardSchema } from '@bearerkit/core'
import {
  type AuthContext,
  authorizationHeader,
  claim,
  cookie,
  formBody,
  jwksHandler,
  requireAnyScope,
  requireAuthentication,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
} from '@bearerkit/express'
import express from 'express'

declare module '@bearerkit/core' {
  interface Register {
    claims: AccessTokenClaims & { tenant?: string }
  }
}

const app = express()
const issuer = 'https://issuer.example.com'
const audience = ['https://api.example.com', 'https://old-api.example.com']

app.use(verifyJwt())
app.use(verifyJwt({ issuer, audience, clockTolerance: '10s', algorithms: ['ES256'], mode: 'optional' }))
app.use('/part', verifyJwt({ issuer, audience: null, keys: new LocalKeyProvider() }))
app.get('/me', requireScopes('a', 'b'), (req, res) => {
  const auth: AuthContext = req.auth
  const subject: string | undefined = req.auth.claims.sub
  const scopes: readonly string[] = req.auth.scopes
  const kid: string | undefined = req.auth.header.kid
  res.json({ auth, subject, scopes, kid })

  // @ts-expect-error there is no such member
  void req.auth.user
  // @ts-expect-error exp is a number
  const exp: string = req.auth.claims.exp
  void exp
})
app.get('/jwks', jwksHandler(new LocalKeyProvider()), jwksHandler(new RemoteJwksKeyProvider({ issuer })))

// @ts-expect-error no such option
verifyJwt({ issuer, audience, audiance: 'x' })
// @ts-expect-error no such unit
verifyJwt({ issuer, audience, clockTolerance: '5 minutes' })
// @ts-expect-error no such mode
verifyJwt({ issuer, audience, mode: 'relaxed' })
// @ts-expect-error a scope is a string
requireScopes(['a'])
// @ts-expect-error not a key provider
jwksHandler({ keys: [] })

// Claims that are registered are typed in every handler and predicate.
app.get('/tenant', (req, res) => {
  const tenant: string | undefined = req.auth.claims.tenant
  // @ts-expect-error the tenant is a string
  const wrong: number | undefined = req.auth.claims.tenant
  res.json([tenant, wrong])
})
requireClaims(({ tenant }) => tenant?.startsWith('a') ?? false)
requireClaims(async ({ tenant }) => tenant === 'acme')
requireClaims({ tenant: 'acme', roles: ['admin'], aud: 'https://api.example.com', exp: 1 })
requireClaims({ realm_access: { roles: 'admin' }, level: null, flags: [{ beta: true }] })
requireClaims(claim(['realm_access', 'roles'], 'admin'))
requireClaims((claims) => claim(['realm_access', 'roles'], 'admin')(claims) || claims.tenant === 'acme')
// @ts-expect-error the variable may be unset
requireClaims({ tenant: process.env['TENANT'] })
// @ts-expect-error the variable may be unset for a member too
requireClaims({ realm_access: { roles: process.env['ROLE'] } })
// @ts-expect-error the tenant is a string
requireClaims({ tenant: 5 })
// @ts-expect-error exp is a number
requireClaims({ exp: '1' })
// @ts-expect-error no claim is a function
requireClaims({ plan: () => true })
// @ts-expect-error no claim is a set
requireClaims({ roles: new Set(['admin']) })
// @ts-expect-error no claim is a promise
requireClaims({ plan: Promise.resolve('gold') })
// @ts-expect-error a path is an array
claim('realm_access.roles', 'admin')
// @ts-expect-error the variable may be unset
claim(['realm_access', 'roles'], process.env['ROLE'])
// @ts-expect-error a predicate returns a boolean
requireClaims(({ tenant }) => tenant)

// A schema types the claims without a registration.
declare const schema: StandardSchema<{ user: string; level: number }>
const verify = verifyJwt({ issuer, audience, claims: schema, property: 'caller' })
app.get('/level', verify, (req, res) => {
  const level: number | undefined = verify.authOf(req)?.claims.level
  // @ts-expect-error the schema drops everything else
  const subject: unknown = verify.authOf(req)?.claims.sub
  // @ts-expect-error it may be undefined: another middleware may have handled the request
  const { claims } = verify.authOf(req)
  res.json([level, subject, claims])
})
const named = verifyJwt<{ user: string }>({ issuer, audience })
app.get('/user', named, (req, res) => void res.json(named.authOf(req)?.claims.user))

// Several issuers, token sources, revocation, guards, metadata.
verifyJwt({ audience, issuers: [{ issuer }, { issuer, jwksUrl: issuer, algorithms: ['ES256'], profile: 'rfc9068' }] })
verifyJwt({ audience, resolveIssuer: async (iss) => (iss === issuer ? { jwksUrl: issuer } : undefined) })
verifyJwt({ issuer, audience, tokenSource: [authorizationHeader(), cookie('session'), formBody()] })
verifyJwt({ issuer, audience, tokenSource: ({ headers }) => headers['x-token']?.toString() })
verifyJwt({ issuer, audience, tokenSource: async ({ headers }) => headers['x-token']?.toString() })
verifyJwt({ issuer, audience, scopeClaim: ['realm_access', 'roles'] })
verifyJwt({ issuer, audience, isRevoked: ({ jti }, { kid }) => jti === kid })
requireAnyScope('a', 'b')
requireAuthentication({ acrValues: ['gold'], maxAge: '5m', clockTolerance: '10s' })
resourceMetadataHandler({ issuer, audience, property: 'caller' }, { scopesSupported: ['a'] })

// @ts-expect-error an option of one issuer is spelled wrong
verifyJwt({ audience, issuers: [{ issuer, audiance: 'x' }] })
// @ts-expect-error a source is a function
verifyJwt({ issuer, audience, tokenSource: 'cookie' })
// @ts-expect-error a path contains names
verifyJwt({ issuer, audience, scopeClaim: ['realm_access', 0] })
// @ts-expect-error a check returns a boolean
verifyJwt({ issuer, audience, isRevoked: () => 'yes' })
// @ts-expect-error not a schema
verifyJwt({ issuer, audience, claims: { parse: () => true } })
// @ts-expect-error no such unit
requireAuthentication({ maxAge: '5 minutes' })
