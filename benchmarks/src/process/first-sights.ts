import { TokenVerifier } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import { createVerifier } from 'fast-jwt'
import type { Figure, Outcome } from '../figure.ts'
import { publicKey, publicPem } from '../public-pem.ts'
import { interleaved } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { type CheckedAlgorithm, inlineSignatureCheck } from '../signature-check.ts'
import { goodTokens } from '../tokens.ts'
import { mediansOf, oneAtATime } from './arrivals.ts'

const algorithms: readonly CheckedAlgorithm[] = ['RS256', 'ES256', 'EdDSA']

const ours = 'TokenVerifier'
const limit = 'crypto.verify, inline'
const peer = 'fast-jwt'

/** New tokens, each of which is alone: compared with only checking the signature, and with the fastest peer. */
export async function measure(scale: Scale): Promise<Outcome> {
  const figures: Figure[] = []
  for (const alg of algorithms) figures.push(...(await figuresOf(alg, scale)))
  return { figures, notMeasured: [] }
}

async function figuresOf(alg: CheckedAlgorithm, { rounds, turnTokens }: Scale): Promise<Figure[]> {
  await using issuer = await createTestIssuer({ alg })
  const tokens = await goodTokens(issuer, turnTokens / 4)
  const check = inlineSignatureCheck(alg, await publicKey(issuer))
  const { issuer: iss, audience, keys } = issuer
  const key = await publicPem(issuer)
  const byPeer = createVerifier({ key, cache: false, algorithms: [alg], allowedIss: iss, allowedAud: audience })
  const contestants = [
    {
      name: ours,
      sample: () => {
        // A new verifier for each turn, with an empty cache.
        const verifier = new TokenVerifier({ issuer: iss, audience, keys })
        return oneAtATime(tokens, (token) => verifier.verify(token))
      },
    },
    { name: limit, sample: () => oneAtATime(tokens, (token) => new Promise((resolve) => check(token, resolve))) },
    { name: peer, sample: () => oneAtATime(tokens, (token) => byPeer(token) as unknown) },
  ]
  for (const { sample } of contestants) await sample()
  const samples = await interleaved(contestants, rounds * 3)
  const of = (who: string) => mediansOf(samples.get(who) ?? [])
  return [
    {
      name: `new tokens, ${alg}, one at a time, p50`,
      unit: 'µs',
      subject: { who: ours, value: of(ours).p50 },
      relativeTo: { who: limit, value: of(limit).p50 },
      target: { atMost: 1.35 },
    },
    {
      name: `new tokens, ${alg}, one at a time`,
      unit: 'tokens/s',
      subject: { who: ours, value: of(ours).rate },
      relativeTo: { who: peer, value: of(peer).rate },
      target: { atLeast: 1 },
    },
  ]
}
