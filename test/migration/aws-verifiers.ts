import type { Request, RequestHandler } from 'express'
import type { Cast } from './step.ts'

export interface Verifier {
  verify(token: string): Promise<unknown>
  verifySync(token: string): unknown
  hydrate(): Promise<void>
  cacheJwks(jwks: object): void
}

interface VerifierClass {
  create(properties: object | readonly object[], additional?: object): Verifier
}

interface AwsJwtVerify {
  readonly JwtVerifier: VerifierClass
  readonly CognitoJwtVerifier: VerifierClass
}

export const { JwtVerifier, CognitoJwtVerifier } = jest.requireActual<AwsJwtVerify>('aws-jwt-verify')
export const { SimpleJwksCache, SimplePenaltyBox } = jest.requireActual<{
  readonly SimpleJwksCache: new (properties: object) => object
  readonly SimplePenaltyBox: new (properties: object) => object
}>('aws-jwt-verify/jwk')
export const { JwtExpiredError } = jest.requireActual<{ readonly JwtExpiredError: new () => Error }>(
  'aws-jwt-verify/error',
)

/** Where {@link around} puts what a token says. */
export const payloadOf = (req: Request): unknown => (req as { payload?: unknown }).payload

/** The middleware that is written around a verifier. */
export function around(verify: (token: string) => unknown): RequestHandler {
  return async (req, _res, next) => {
    try {
      const [, token = ''] = (req.headers.authorization ?? '').split(' ')
      Object.assign(req, { payload: await verify(token) })
    } catch (error) {
      return next(Object.assign(error as Error, { status: 401 }))
    }
    next()
  }
}

/** Fetches the issuer's keys over http, from wherever they should be. */
export function cacheOf({ issuer }: Cast, more: object = {}): object {
  const fetchKeys = async (): Promise<ArrayBuffer> => (await fetch(issuer.jwksUrl)).arrayBuffer()
  return { jwksCache: new SimpleJwksCache({ fetcher: { fetch: fetchKeys }, ...more }) }
}
