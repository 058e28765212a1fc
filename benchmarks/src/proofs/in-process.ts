import { Authenticator } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import type { Figure, Outcome } from '../figure.ts'
import { forEachOf, sink } from '../pace.ts'
import { byAuthenticator } from '../process/repeated.ts'
import { paceOver } from '../process/fresh-strings.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { goodTokens } from '../tokens.ts'
import { boundTokens, provenHeaders, type ProvenHeaders } from './bound-tokens.ts'
import { proofCheck, theLimit } from './proof-check.ts'

const concurrency = 16
const host = 'api.example.com'
const url = `http://${host}/me`

/** Requests without HTTP: with a new proof each, and as Bearer with and without the option. */
export async function measure(scale: Scale): Promise<Outcome> {
  return { figures: [await withProofs(scale), await asBearer(scale)], notMeasured: [] }
}

/** A remembered token and a new proof each time, compared with only the signature of the proof. */
async function withProofs({ rounds, turnTokens }: Scale): Promise<Figure> {
  await using issuer = await createTestIssuer()
  const tokens = await boundTokens(issuer, 20)
  const { issuer: iss, audience, keys } = issuer
  const authenticator = new Authenticator({ issuer: iss, audience, keys, dpop: true })
  const checks = tokens.map(({ client }) => proofCheck(client.publicJwk))
  const perSecond = async (turn: (headers: readonly ProvenHeaders[]) => Promise<void>): Promise<number> => {
    const headers = await provenHeaders(tokens, url, turnTokens)
    const start = performance.now()
    await turn(headers)
    return (turnTokens / (performance.now() - start)) * 1000
  }
  const contestants = [
    { name: 'Authenticator', sample: () => perSecond((headers) => authenticateAll(authenticator, headers)) },
    { name: theLimit, sample: () => perSecond((headers) => checkAll(checks, headers)) },
  ]
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * 3)
  return {
    name: 'new proofs, ES256, in process',
    unit: 'requests/s',
    subject: of('Authenticator'),
    relativeTo: of(theLimit),
    target: { atLeast: 0.8 },
    charted: true,
  }
}

async function authenticateAll(authenticator: Authenticator, all: readonly ProvenHeaders[]): Promise<void> {
  await forEachOf(all, concurrency, (headers) => {
    return new Promise((resolve, reject) => {
      const request = { method: 'GET', url: '/me', headers: { host, ...headers } }
      authenticator.authenticate(request, { pass: resolve, refuse: reject })
    })
  })
}

async function checkAll(
  checks: readonly ReturnType<typeof proofCheck>[],
  all: readonly ProvenHeaders[],
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
    return { name, sample: () => paceOver(texts, turn, goThrough) }
  })
  for (const { sample } of contestants) await sample()
  const of = await medians(contestants, rounds * 3)
  return {
    name: 'repeated Bearer tokens, in process',
    unit: 'requests/s',
    subject: of(withOption),
    relativeTo: of(withoutOption),
    target: { atLeast: 0.98 },
  }
}
