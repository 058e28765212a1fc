import { Authenticator, TokenVerifier, type VerifierOptions } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { createVerifier } from 'fast-jwt'
import type { Figure, Outcome } from '../figure.ts'
import { sink } from '../pace.ts'
import { publicPem } from '../public-pem.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { goodTokens } from '../tokens.ts'
import { type GoThrough, paceOver } from './fresh-strings.ts'

const distinct = 200

/** Tokens seen before, in process, without HTTP. */
export async function measure({ rounds, turn }: Scale): Promise<Outcome> {
  await using issuer = await createTestIssuer({ alg: 'RS256' })
  const tokens = await goodTokens(issuer, distinct)
  const { issuer: iss, audience, keys } = issuer
  const options = { issuer: iss, audience, keys }
  const contestants = [
    { name: 'TokenVerifier', prefix: '', goThrough: byVerifier(options) },
    { name: 'Authenticator', prefix: 'Bearer ', goThrough: byAuthenticator(options) },
    { name: 'fast-jwt with its cache', prefix: '', goThrough: await byFastJwt(issuer) },
  ].map(({ name, prefix, goThrough }) => {
    const texts = tokens.map((token) => Buffer.from(prefix + token))
    return { name, sample: () => paceOver(texts, turn, goThrough) }
  })
  for (const { sample } of contestants) await sample()
  // The turns are short, so there are more of them.
  const of = await medians(contestants, rounds * 3)
  const beside = (who: string): Figure => ({
    name: 'repeated tokens, in process',
    unit: 'tokens/s',
    subject: of(who),
    relativeTo: of('fast-jwt with its cache'),
  })
  const verifier = { ...beside('TokenVerifier'), target: { atLeast: 2 }, charted: true }
  return { figures: [verifier, beside('Authenticator')], notMeasured: [] }
}

function byVerifier(options: VerifierOptions): GoThrough {
  const verifier = new TokenVerifier(options)
  return async (tokens) => {
    for (const token of tokens) sink.last = await verifier.verify(token)
  }
}

/** From the `Authorization` header to the auth context, as in the adapters: without a promise if none is needed. */
export function byAuthenticator(options: VerifierOptions): GoThrough {
  const authenticator = new Authenticator(options)
  return (headers) =>
    new Promise((resolve, reject) => {
      let left = headers.length
      const pass = (auth: unknown): void => {
        sink.last = auth
        left -= 1
        if (left === 0) resolve()
      }
      for (const authorization of headers) {
        authenticator.authenticate({ method: 'GET', headers: { authorization } }, { pass, refuse: reject })
      }
    })
}

async function byFastJwt(issuer: TestIssuer): Promise<GoThrough> {
  const { issuer: allowedIss, audience: allowedAud } = issuer
  const key = await publicPem(issuer)
  const verify = createVerifier({ key, cache: true, algorithms: ['RS256'], allowedIss, allowedAud })
  return (tokens) => {
    for (const token of tokens) sink.last = verify(token)
  }
}
