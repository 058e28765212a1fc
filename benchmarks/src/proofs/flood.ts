import { hash, randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { Authenticator } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { cpuTime } from '../cpu-time.ts'
import type { Figure, Outcome } from '../figure.ts'
import { paceOfAsync, sink } from '../pace.ts'
import { residentGrowth } from '../resident-growth.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { percentile } from '../statistics.ts'
import { junkToken } from '../tokens.ts'
import { type BoundToken, boundTokens } from './bound-tokens.ts'

const host = 'api.example.com'
const arrivalsPerTurn = 16
/** The tolerance for "the same" on a busy machine. */
const noise = 1.25

/** Makes the headers of a request that must be refused. */
type BadHeaders = () => Readonly<Record<string, string>>

/** Bad proofs beside bad tokens: what they cost, how long they hold the event loop, and what they leave in memory. */
export async function measure(scale: Scale): Promise<Outcome> {
  await using issuer = await createTestIssuer()
  const [bound] = (await boundTokens(issuer, 1)) as [BoundToken]
  const { issuer: iss, audience, keys } = issuer
  const authenticator = new Authenticator({ issuer: iss, audience, keys, dpop: true })
  const send = (headers: BadHeaders): Promise<void> => refused(authenticator, headers())
  const proofs = badProofs(bound)
  const tokens = badTokens(issuer)
  const floods = { proofs: () => send(proofs), tokens: () => send(tokens) }
  const growth = await residentGrowth('bad proofs', scale.junkTokens, () => send(proofs), 'Authenticator')
  return { figures: [await costOf(scale, floods), await delayOf(scale, floods), growth], notMeasured: [] }
}

/** The token is good, the signature of the proof is random. Everything else is right, so the signature is checked. */
function badProofs({ client, token }: BoundToken): BadHeaders {
  const header = segment({ typ: 'dpop+jwt', alg: client.alg, jwk: client.publicJwk })
  const constant = { htm: 'GET', htu: `http://${host}/me`, ath: hash('sha256', token, 'base64url') }
  return () => {
    const claims = segment({ ...constant, jti: random(16), iat: Math.floor(Date.now() / 1000) })
    return { host, authorization: `DPoP ${token}`, dpop: `${header}.${claims}.${random(64)}` }
  }
}

function badTokens({ issuer: iss, audience: aud }: TestIssuer): BadHeaders {
  return () => ({ host, authorization: `Bearer ${junkToken({ iss, aud, kid: 'test.1' })}` })
}

function random(octets: number): string {
  return randomBytes(octets).toString('base64url')
}

function segment(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

function refused(authenticator: Authenticator, headers: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const pass = (): void => reject(new Error('a bad request has passed'))
    const refuse = (error: unknown): void => {
      sink.last = error
      resolve()
    }
    authenticator.authenticate({ method: 'GET', url: '/me', headers }, { pass, refuse })
  })
}

type Send = () => Promise<void>

interface Floods {
  readonly proofs: Send
  readonly tokens: Send
}

async function costOf(scale: Scale, floods: Floods): Promise<Figure> {
  const sides = await compared(scale, floods, (send) => paceOfAsync(send, scale.turn, arrivalsPerTurn, cpuTime))
  return { name: 'requests refused', unit: 'per CPU second', ...sides, target: { atLeast: 1 / noise } }
}

async function delayOf(scale: Scale, floods: Floods): Promise<Figure> {
  const sides = await compared(scale, floods, (send) => p99OfTurns(send, scale.turn))
  return { name: 'event loop, p99 of a turn with 16 bad requests', unit: 'ms', ...sides, target: { atMost: noise } }
}

async function compared(
  { rounds }: Scale,
  { proofs, tokens }: Floods,
  sampleOf: (send: Send) => Promise<number>,
): Promise<Pick<Figure, 'subject' | 'relativeTo'>> {
  const contestants = [
    { name: 'bad proofs', sample: () => sampleOf(proofs) },
    { name: 'bad tokens', sample: () => sampleOf(tokens) },
  ]
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * 3)
  return { subject: of('bad proofs'), relativeTo: of('bad tokens') }
}

/** How long a turn of the event loop takes in which 16 requests arrive, besides the answers to earlier ones. */
async function p99OfTurns(send: Send, milliseconds: number): Promise<number> {
  const turns: number[] = []
  const begun = performance.now()
  for (let start = begun; start - begun < milliseconds; start = performance.now()) {
    const answers = Array.from({ length: arrivalsPerTurn }, send)
    await setImmediate()
    turns.push(performance.now() - start)
    await Promise.all(answers)
  }
  return percentile(turns, 0.99)
}
