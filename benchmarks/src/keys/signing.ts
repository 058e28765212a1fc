import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import { createSigner } from 'fast-jwt'
import type { Figure, Outcome } from '../figure.ts'
import { paceOfAsync } from '../pace.ts'
import { type Arrivals, mediansOf, oneAtATime } from '../process/arrivals.ts'
import { interleaved, medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { countingTo } from '../tokens.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const claims = { sub: 'user-1', client_id: 'client-1', scope: 'reports:read' }
const concurrency = 16

const ours = 'TokenIssuer'
const inline = 'crypto.sign, inline'
const inPool = 'crypto.sign, callback'
const peer = 'fast-jwt'

/** Those that are signed on the main thread. */
const privateKeys: Readonly<Record<'ES256' | 'EdDSA', () => KeyObject>> = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  EdDSA: () => generateKeyPairSync('ed25519').privateKey,
}

/** Tokens issued, compared with only signing one of the same length, and with the fastest peer. */
export async function measure(scale: Scale): Promise<Outcome> {
  const figures: Figure[] = []
  for (const alg of ['ES256', 'EdDSA'] as const) {
    const signing = await signingWith(alg)
    figures.push(...(await alone(alg, signing, scale)), await atOnce(alg, signing, scale))
  }
  return { figures, notMeasured: [] }
}

/** The ways to sign a token, by their names. */
type Signing = Readonly<Record<typeof ours | typeof inline | typeof inPool | typeof peer, () => unknown>>

async function signingWith(alg: 'ES256' | 'EdDSA'): Promise<Signing> {
  const keys = new LocalKeyProvider()
  const { publishedKid: kid } = await keys.createKey({ alg })
  const tokens = new TokenIssuer({ keys, issuer, audience, expiresIn: '10m' })
  const key = privateKeys[alg]()
  const input = Buffer.from((await tokens.issue(claims)).split('.', 2).join('.'))
  const digest = alg === 'EdDSA' ? null : 'sha256'
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const byPeer = createSigner({ key: pem, algorithm: alg, kid, iss: issuer, aud: audience, expiresIn: 600_000 })
  return {
    [ours]: () => tokens.issue(claims),
    [inline]: () => sign(digest, input, key),
    [inPool]: () =>
      new Promise((resolve, reject) => {
        sign(digest, input, key, (error, signature) => (error === null ? resolve(signature) : reject(error)))
      }),
    [peer]: () => byPeer({ ...claims, jti: randomUUID() }),
  }
}

async function alone(alg: string, signing: Signing, { rounds, turnTokens }: Scale): Promise<Figure[]> {
  const contestants = ([ours, inline, peer] as const).map((name) => {
    return { name, sample: () => oneAtATime(countingTo(turnTokens / 4), () => signing[name]()) }
  })
  for (const { sample } of contestants) await sample()
  const samples: ReadonlyMap<string, readonly Arrivals[]> = await interleaved(contestants, rounds * 3)
  const of = (who: string): { who: string; value: number } => {
    return { who, value: mediansOf(samples.get(who) ?? []).rate }
  }
  const figure = { name: `${alg} tokens issued, one at a time`, unit: 'tokens/s', subject: of(ours) }
  return [
    { ...figure, relativeTo: of(inline), target: { atLeast: 0.8 } },
    { ...figure, relativeTo: of(peer), target: { atLeast: 1.1 } },
  ]
}

async function atOnce(alg: string, signing: Signing, { rounds, turn }: Scale): Promise<Figure> {
  const contestants = ([ours, inline, inPool] as const).map((name) => {
    return { name, sample: () => paceOfAsync(async () => signing[name](), turn, concurrency) }
  })
  const of = await medians(contestants, rounds)
  const better = of(inPool).value > of(inline).value ? of(inPool) : of(inline)
  return {
    name: `${alg} tokens issued, 16 at a time`,
    unit: 'tokens/s',
    subject: of(ours),
    relativeTo: better,
    target: { atLeast: 0.9 },
  }
}
