import { verifyJwt, type VerifyJwtOptions } from '@bearerkit/fastify'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { onFastify } from '../apps.ts'
import { bearer, passing, usual } from '../requests.ts'
import type { App, Cast, Question, Step } from '../step.ts'

const fastifyJwt = jest.requireActual<FastifyPluginAsync<Record<string, unknown>>>('@fastify/jwt')

interface DecodedToken {
  readonly header: { readonly kid: string; readonly alg: string }
  readonly payload: { readonly iss: string }
}

type BuildGetJwks = (options: object) => {
  getPublicKey(signature: { kid: string; alg: string; domain: string }): Promise<string>
}

const buildGetJwks = jest.requireActual<BuildGetJwks>('get-jwks')

function theirs(optionsFor: (cast: Cast) => object): (cast: Cast) => Promise<App> {
  return (cast) => {
    const keys = buildGetJwks({ providerDiscovery: true, ...optionsFor(cast) })
    return onFastify(
      (request) => (request as unknown as { user: unknown }).user,
      (app) =>
        app.register(fastifyJwt, {
          decode: { complete: true },
          secret: (_request: FastifyRequest, { header: { kid, alg }, payload: { iss } }: DecodedToken) =>
            keys.getPublicKey({ kid, alg, domain: iss }),
          verify: { allowedAud: cast.issuer.audience },
        }),
      { onRequest: (request: FastifyRequest) => (request as unknown as { jwtVerify(): Promise<unknown> }).jwtVerify() },
    )
  }
}

function ours(optionsFor: (cast: Cast) => VerifyJwtOptions): (cast: Cast) => Promise<App> {
  return (cast) =>
    onFastify(
      (request) => request.auth?.claims,
      (app) => app.register(verifyJwt, { audience: cast.issuer.audience, ...optionsFor(cast) }),
    )
}

const slash = (issuer: string): string => `${issuer}/`
const listed = ({ issuer }: Cast): object => ({ issuersWhitelist: [slash(issuer.issuer)] })

/** What is not about the issuer. A stranger's token is answered with 500 there. */
const mostly: readonly Question[] = usual.filter(([what]) => what !== 'a token of another issuer')

/** For options that change no answer. */
function alike(there: string, options: object, migrated: VerifyJwtOptions): Step {
  return {
    there,
    theirs: theirs((cast) => ({ ...listed(cast), ...options })),
    ours: ours(({ issuer }) => ({ issuer: issuer.issuer, ...migrated })),
    asked: mostly,
  }
}

export const fromGetJwks: readonly Step[] = [
  {
    there: '`issuersWhitelist`',
    theirs: theirs(({ issuer, other }) => ({ issuersWhitelist: [slash(issuer.issuer), slash(other.issuer)] })),
    ours: ours(({ issuer, other }) => ({ issuers: [{ issuer: issuer.issuer }, { issuer: other.issuer }] })),
    asked: [passing, ['a token of the other issuer', bearer(({ other }) => other.issue()), 200]],
  },
  {
    there: '`checkIssuer`',
    theirs: theirs(({ issuer }) => ({ checkIssuer: (domain: string) => domain === slash(issuer.issuer) })),
    ours: ours(({ issuer }) => ({ resolveIssuer: (iss) => (iss === issuer.issuer ? {} : undefined) })),
    asked: [passing, ['a token of another issuer', bearer(({ other }) => other.issue()), 500, 401]],
  },
  {
    there: '`providerDiscovery`, `jwksPath`',
    theirs: theirs((cast) => ({ ...listed(cast), providerDiscovery: false, jwksPath: '/jwks.json' })),
    ours: ours(({ issuer: { issuer, jwksUrl } }) => ({ issuer, jwksUrl })),
    asked: mostly,
  },
  alike('`ttl` (milliseconds)', { ttl: 60_000 }, { cacheTtl: '1m' }),
  alike('`max`', { max: 50 }, { maxKeys: 50 }),
  alike('`fetchOptions`', { fetchOptions: { headers: { 'x-tenant': 'acme' } } }, { headers: { 'x-tenant': 'acme' } }),
]
