import { Authenticator } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import type { Request, RequestHandler, Response } from 'express'
import { cpuTime } from '../cpu-time.ts'
import type { Figure, Outcome } from '../figure.ts'
import { forEachOf, sink } from '../pace.ts'
import { byAuthenticator } from '../process/repeated.ts'
import { paceOver } from '../process/fresh-strings.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { goodTokens } from '../tokens.ts'
import { type BoundToken, boundTokens, provenHeaders, type ProvenHeaders } from './bound-tokens.ts'
import { proofCheck, theLimit } from './proof-check.ts'
import { peer, subjects } from './subjects.ts'

const host = 'api.example.com'
const url = `http://${host}/me`

/**
 * Requests without HTTP: with a new proof each, and as Bearer with and without the option. The processor's time is
 * measured, so that other programs on the machine hardly count.
 */
export async function measure(scale: Scale): Promise<Outcome> {
  const figures = [
    ...(await withProofs('one at a time', 1, scale)),
    ...(await withProofs('16 at a time', 16, scale)),
    await asBearer(scale),
  ]
  return { figures, notMeasured: [] }
}

/** A remembered token and a new proof each time, compared with only the signature of the proof, and with the peer. */
async function withProofs(title: string, concurrency: number, { rounds, turnTokens }: Scale): Promise<Figure[]> {
  await using issuer = await createTestIssuer()
  const tokens = await boundTokens(issuer, 20)
  const { issuer: iss, audience, keys, jwksUrl } = issuer
  const authenticator = new Authenticator({ issuer: iss, audience, keys, dpop: true })
  const [first] = tokens as [BoundToken]
  const handler = await subjects[peer]?.({ issuer: iss, audience, jwksUrl, publicJwk: first.client.publicJwk })
  if (handler === undefined) throw new Error(`there is no ${peer}`)
  const checks = tokens.map(({ client }) => proofCheck(client.publicJwk))
  const perSecond = async (turn: (headers: readonly ProvenHeaders[]) => Promise<void>): Promise<number> => {
    const headers = await provenHeaders(tokens, url, turnTokens)
    const start = cpuTime()
    await turn(headers)
    return (turnTokens / (cpuTime() - start)) * 1000
  }
  const contestants = [
    {
      name: 'Authenticator',
      sample: () => perSecond((headers) => authenticateAll(authenticator, headers, concurrency)),
    },
    { name: theLimit, sample: () => perSecond((headers) => checkAll(checks, headers, concurrency)) },
    { name: peer, sample: () => perSecond((headers) => handleAll(handler, headers, concurrency)) },
  ]
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * 3)
  const figure = {
    name: `new proofs, ES256, in process, ${title}`,
    unit: 'per CPU second',
    subject: of('Authenticator'),
  }
  return [
    { ...figure, relativeTo: of(theLimit), target: { atLeast: 0.8 }, charted: true },
    { ...figure, relativeTo: of(peer), target: { atLeast: 2 } },
  ]
}

async function authenticateAll(
  authenticator: Authenticator,
  all: readonly ProvenHeaders[],
  concurrency: number,
): Promise<void> {
  await forEachOf(all, concurrency, (headers) => {
    return new Promise((resolve, reject) => {
      const request = { method: 'GET', url: '/me', headers: { host, ...headers } }
      authenticator.authenticate(request, { pass: resolve, refuse: reject })
    })
  })
}

/** With the members of a request that the peer reads. */
async function handleAll(handler: RequestHandler, all: readonly ProvenHeaders[], concurrency: number): Promise<void> {
  await forEachOf(all, concurrency, (headers) => {
    return new Promise((resolve, reject) => {
      const request = { method: 'GET', protocol: 'http', originalUrl: '/me', url: '/me', query: {} }
      const received = { ...request, headers: { host, ...headers }, get: () => host, is: () => false }
      const next = (error?: unknown): void => (error === undefined ? resolve(received) : reject(error))
      void handler(received as unknown as Request, {} as Response, next)
    })
  })
}

async function checkAll(
  checks: readonly ReturnType<typeof proofCheck>[],
  all: readonly ProvenHeaders[],
  concurrency: number,
): Promise<void> {
  await forEachOf(all.entries(), concurrency, ([index, { dpop }]) => {
    return new Promise((resolve, reject) => {
      checks[index % checks.length]?.(dpop, (holds) => {
        sink.last = holds
        if (holds) resolve(holds)
        else reject(new Error('a good signature was refused'))
      })
    })
  })
}

const withOption = 'Bearer with dpop: true'
const withoutOption = 'Bearer without dpop'

/** Remembered tokens that are not bound. The option must not make them slower. */
async function asBearer({ rounds, turn }: Scale): Promise<Figure> {
  await using issuer = await createTestIssuer({ alg: 'RS256' })
  const { issuer: iss, audience, keys } = issuer
  const texts = (await goodTokens(issuer, 200)).map((token) => Buffer.from(`Bearer ${token}`))
  const contestants = [
    { name: withOption, dpop: true },
    { name: withoutOption, dpop: false },
  ].map(({ name, dpop }) => {
    const goThrough = byAuthenticator({ issuer: iss, audience, keys, dpop })
    return { name, sample: () => paceOver(texts, turn, goThrough, cpuTime) }
  })
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * 3)
  return {
    name: 'repeated Bearer tokens, in process',
    unit: 'per CPU second',
    subject: of(withOption),
    relativeTo: of(withoutOption),
    target: { atLeast: 0.98 },
  }
}
