import { TokenVerifier } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import type { Figure, Outcome } from '../figure.ts'
import { forEachOf } from '../pace.ts'
import { publicKey } from '../public-pem.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { type SignatureCheck, signatureCheck } from '../signature-check.ts'
import { goodTokens } from '../tokens.ts'

const algorithms = ['RS256', 'ES256'] as const
const concurrency = 16

/** Tokens never seen before, 16 at a time, beside nothing but the check of their signatures. */
export async function measure(scale: Scale): Promise<Outcome> {
  const figures: Figure[] = []
  for (const alg of algorithms) figures.push(await coldWith(alg, scale))
  return { figures, notMeasured: [] }
}

async function coldWith(alg: 'RS256' | 'ES256', { rounds, turnTokens }: Scale): Promise<Figure> {
  await using issuer = await createTestIssuer({ alg })
  const tokens = await goodTokens(issuer, turnTokens)
  const check = signatureCheck(alg, await publicKey(issuer))
  const { issuer: iss, audience, keys } = issuer
  const contestants = [
    {
      name: 'TokenVerifier',
      sample: () => {
        // A new one at each turn: it remembers no token yet.
        const verifier = new TokenVerifier({ issuer: iss, audience, keys })
        return perSecond(turnTokens, () => forEachOf(tokens, concurrency, (token) => verifier.verify(token)))
      },
    },
    { name: 'crypto.verify, callback', sample: () => perSecond(turnTokens, () => checkAll(check, tokens)) },
  ]
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * 3)
  return {
    name: `new tokens, ${alg}, in process`,
    unit: 'tokens/s',
    subject: of('TokenVerifier'),
    relativeTo: of('crypto.verify, callback'),
    target: { atLeast: 0.85 },
    charted: true,
  }
}

async function perSecond(tokens: number, turn: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await turn()
  return (tokens / (performance.now() - start)) * 1000
}

/** Without a promise per token: what comes back from one check starts the next. */
function checkAll(check: SignatureCheck, tokens: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let started = 0
    let done = 0
    const next = (): void => {
      const token = tokens[started++]
      if (token !== undefined) check(token, finish)
    }
    const finish = (holds: boolean): void => {
      if (!holds) return reject(new Error('a good signature was refused'))
      if (++done === tokens.length) resolve()
      else next()
    }
    for (let lane = 0; lane < concurrency; lane += 1) next()
  })
}
