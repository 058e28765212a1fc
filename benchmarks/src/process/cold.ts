import { hash } from 'node:crypto'
import { TokenVerifier } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import type { Figure, Outcome } from '../figure.ts'
import { forEachOf } from '../pace.ts'
import { publicKey } from '../public-pem.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { type CheckedAlgorithm, inlineSignatureCheck, type SignatureCheck, signatureCheck } from '../signature-check.ts'
import { goodTokens } from '../tokens.ts'

const algorithms: readonly CheckedAlgorithm[] = ['RS256', 'ES256', 'EdDSA']
const concurrency = 16

const inPool = 'crypto.verify, callback'
const inline = 'crypto.verify, inline'
const least = 'the least a verifier does'

/** New tokens, 16 at a time, compared with only checking their signatures: in the thread pool, or inline if that is faster. */
export async function measure(scale: Scale): Promise<Outcome> {
  const figures: Figure[] = []
  for (const alg of algorithms) figures.push(...(await coldWith(alg, scale)))
  return { figures, notMeasured: [] }
}

async function coldWith(alg: CheckedAlgorithm, { rounds, turnTokens }: Scale): Promise<Figure[]> {
  await using issuer = await createTestIssuer({ alg })
  const tokens = await goodTokens(issuer, turnTokens)
  const key = await publicKey(issuer)
  const check = signatureCheck(alg, key)
  const { issuer: iss, audience, keys } = issuer
  const contestants = [
    {
      name: 'TokenVerifier',
      sample: () => {
        // A new verifier for each turn, with an empty cache.
        const verifier = new TokenVerifier({ issuer: iss, audience, keys })
        return perSecond(turnTokens, () => forEachOf(tokens, concurrency, (token) => verifier.verify(token)))
      },
    },
    { name: inPool, sample: () => perSecond(turnTokens, () => checkAll(check, tokens)) },
    { name: inline, sample: () => perSecond(turnTokens, () => checkEach(inlineSignatureCheck(alg, key), tokens)) },
    { name: least, sample: () => perSecond(turnTokens, () => checkAll(remembering(check), tokens)) },
  ]
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * 3)
  const limit = of(inPool).value > of(inline).value ? of(inPool) : of(inline)
  const besideTheLimit = (who: string): Figure => ({
    name: `new tokens, ${alg}, in process`,
    unit: 'tokens/s',
    subject: of(who),
    relativeTo: limit,
    charted: true,
  })
  return [{ ...besideTheLimit('TokenVerifier'), target: { atLeast: 0.85 } }, besideTheLimit(least)]
}

/**
 * Does the least that a caching verifier must do: a digest, a look-up, reading the claims, a cache entry. It only
 * checks the signature. Its share of the limit is the most that a verifier can reach.
 */
function remembering(check: SignatureCheck): SignatureCheck {
  const remembered = new Map<string, unknown>()
  return (token, done) => {
    const digest = hash('sha256', token, 'binary')
    if (remembered.has(digest)) return done(true)
    const [, payload = ''] = token.split('.', 2)
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    check(token, (holds) => {
      if (holds) remembered.set(digest, claims)
      done(holds)
    })
  }
}

async function perSecond(tokens: number, turn: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await turn()
  return (tokens / (performance.now() - start)) * 1000
}

/** Checks one token after the other on the main thread. */
async function checkEach(check: SignatureCheck, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    check(token, (holds) => {
      if (!holds) throw new Error('a good signature was refused')
    })
  }
}

/** Checks all tokens without a promise per token: the callback of one check starts the next. */
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
