import { randomBytes } from 'node:crypto'
import { TokenVerifier } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import { cpuTime } from '../cpu-time.ts'
import type { Outcome } from '../figure.ts'
import { forEachOf, sink } from '../pace.ts'
import { type GoThrough, paceOver } from '../process/fresh-strings.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { goodTokens } from '../tokens.ts'

const distinct = 200
/** Many short turns, so that a moment in which the machine is busy counts for both. */
const turnsPerRound = 15

const opaque = 'opaque tokens'
const jwts = 'JWTs'

/** Remembered opaque tokens, compared with remembered JWTs of the same length. Counts the processor's time. */
export async function measure({ rounds, turn }: Scale): Promise<Outcome> {
  await using issuer = await createTestIssuer({ alg: 'ES256' })
  const { issuer: iss, audience: aud, keys } = issuer
  const signed = await goodTokens(issuer, distinct)
  const texts = signed.map(({ length }) => randomBytes(length).toString('base64url').slice(0, length))
  const exp = Math.floor(Date.now() / 1000) + 28_800
  const introspection = {
    endpoint: `${iss}/introspect`,
    clientId: 'orders',
    clientSecret: 'secret',
    cacheTtl: '8h',
  } as const
  const answer = { active: true, iss, aud, sub: 'user-1', scope: 'reports:read reports:write', exp }
  const asking = { issuer: iss, audience: aud, keys, introspection, fetch: async () => Response.json(answer) }
  const contestants = [
    await contestant(opaque, new TokenVerifier(asking), texts, turn),
    await contestant(jwts, new TokenVerifier({ issuer: iss, audience: aud, keys }), signed, turn),
  ]
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * turnsPerRound)
  const figure = {
    name: 'repeated opaque tokens, in process',
    unit: 'per CPU second',
    subject: of(opaque),
    relativeTo: of(jwts),
    target: { atLeast: 0.95 },
  }
  return { figures: [figure], notMeasured: [] }
}

interface Contestant {
  readonly name: string
  readonly sample: () => Promise<number>
}

/** Without a promise, as in the adapters. */
async function contestant(
  name: string,
  verifier: TokenVerifier,
  tokens: readonly string[],
  turn: number,
): Promise<Contestant> {
  await forEachOf(tokens, 16, (token) => verifier.verify(token))
  const texts = tokens.map((token) => Buffer.from(token))
  const goThrough: GoThrough = (strings) => {
    for (const token of strings) sink.last = verifier.recallOrVerify(token)
  }
  return { name, sample: () => paceOver(texts, turn / turnsPerRound, goThrough, cpuTime) }
}
