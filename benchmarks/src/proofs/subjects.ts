import type { RequestHandler } from 'express'
import type { BoundToken } from './bound-tokens.ts'
import { proofCheck, theLimit } from './proof-check.ts'

/** What every subject knows about the issuer and its client. */
export interface ProofSetup {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  readonly publicJwk: BoundToken['client']['publicJwk']
}

export const ours = 'BearerKit'
export const peer = 'express-oauth2-jwt-bearer'

/** The ways to protect an Express server with DPoP. Each loads only the modules that it needs. */
export const subjects: Readonly<Record<string, (setup: ProofSetup) => Promise<RequestHandler>>> = {
  [theLimit]: async ({ publicJwk }) => {
    const check = proofCheck(publicJwk)
    return (req, res, next) => check(String(req.headers['dpop']), (holds) => (holds ? next() : res.sendStatus(401)))
  },
  [ours]: async ({ issuer, audience, jwksUrl }) => {
    const { verifyJwt } = await import('@bearerkit/express')
    return verifyJwt({ issuer, audience, jwksUrl, dpop: true })
  },
  // It remembers neither tokens nor proofs that were used.
  [peer]: async ({ issuer, audience, jwksUrl }) => {
    const { auth } = await import('express-oauth2-jwt-bearer')
    const options = { issuer, audience, jwksUri: jwksUrl, tokenSigningAlg: 'ES256', dpop: { enabled: true } }
    return auth(options) as RequestHandler
  },
}
