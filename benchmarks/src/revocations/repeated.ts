import { LocalKeyProvider, Revocations, TokenIssuer, TokenVerifier } from '@bearerkit/core'
import { cpuTime } from '../cpu-time.ts'
import type { Figure, Outcome } from '../figure.ts'
import { forEachOf, sink } from '../pace.ts'
import { type GoThrough, paceOver } from '../process/fresh-strings.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { countingTo } from '../tokens.ts'
import { claimsOf, iss, longestTokenLifetime, revocation } from './claims.ts'
import { revokeAll } from './filled-stores.ts'

const audience = 'https://api.example.com'
const distinct = 200
/** Many short turns, so that a moment in which the machine is busy counts for all. */
const turnsPerRound = 15

const without = 'without revocations'

/** Remembered tokens with revocations, compared with the same without. Counts the processor's time. */
export async function measure({ rounds, turn, revocationCounts }: Scale): Promise<Outcome> {
  const count = Math.max(...revocationCounts)
  const revocations = await Revocations.open({ longestTokenLifetime })
  await revokeAll(revocations, 0, count)
  const keys = new LocalKeyProvider()
  await keys.createKey({ alg: 'ES256' })
  const tokens = await tokensOf(keys, count)
  const held = `with ${count.toLocaleString('en')} revocations`
  const changing = `${held}, and a new one for every 1,000 tokens`
  const goThrough: Readonly<Record<string, GoThrough>> = {
    [without]: await recalling(new TokenVerifier({ issuer: iss, audience, keys }), tokens),
    [held]: await recalling(new TokenVerifier({ issuer: iss, audience, keys, isRevoked: revocations }), tokens),
    [changing]: await revoking(
      revocations,
      count,
      await recalling(new TokenVerifier({ issuer: iss, audience, keys, isRevoked: revocations }), tokens),
    ),
  }
  const texts = tokens.map((token) => Buffer.from(token))
  const contestants = Object.entries(goThrough).map(([name, go]) => ({
    name,
    sample: () => paceOver(texts, turn / turnsPerRound, go, cpuTime),
  }))
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * turnsPerRound)
  await revocations.close()
  const figure: Figure = {
    name: 'repeated tokens',
    unit: 'per CPU second',
    subject: of(held),
    relativeTo: of(without),
    target: { atLeast: 0.95 },
  }
  const { target: _, ...information } = { ...figure, subject: of(changing) }
  return { figures: [figure, information], notMeasured: [] }
}

/** Without a promise, as in the adapters. */
async function recalling(verifier: TokenVerifier, tokens: readonly string[]): Promise<GoThrough> {
  await forEachOf(tokens, 16, (token) => verifier.verify(token))
  return (strings) => {
    for (const token of strings) sink.last = verifier.recallOrVerify(token)
  }
}

/** With a revocation of another token before each turn, after which all tokens are looked up again. */
async function revoking(revocations: Revocations, count: number, goThrough: GoThrough): Promise<GoThrough> {
  let next = 2 * count
  return async (strings) => {
    await revocations.revoke(revocation((next += 1)))
    await goThrough(strings)
  }
}

/** Tokens with all claims by which tokens are revoked. None of them is. */
async function tokensOf(keys: LocalKeyProvider, revoked: number): Promise<string[]> {
  const issuer = new TokenIssuer({ keys, issuer: iss, audience, expiresIn: '8h' })
  const tokens: string[] = []
  await forEachOf(countingTo(distinct), 16, async (number) => {
    const { iat: _, ...claims } = claimsOf(revoked + number)
    tokens[number] = await issuer.issue(claims as Readonly<Record<string, unknown>>)
  })
  return tokens
}
