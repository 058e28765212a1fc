import type { DocumentName, Fault } from '@bearerkit/testing'
import { SeededRandom } from '../../packages/core/test/support/seeded-random.ts'
import { cacheTtl } from './deployment.ts'

/** What happens to the issuers and their tokens besides the requests. Durations are in milliseconds. */
export type Happening =
  | { readonly what: 'issuer fails'; readonly fault: Fault; readonly only: DocumentName | undefined }
  | { readonly what: 'issuer recovers' }
  | { readonly what: 'issuer announces a key'; readonly activateAfter: number }
  | { readonly what: 'issuer replaces its key at once' }
  | { readonly what: 'issuer removes its oldest key' }
  | { readonly what: 'stored key is announced'; readonly activateAfter: number }
  | { readonly what: 'stored key is replaced at once' }
  | { readonly what: 'oldest stored key is destroyed' }
  | { readonly what: 'stored key leaks' }
  | { readonly what: 'token is revoked' }
  | { readonly what: 'user is revoked' }

/** In milliseconds since the begin. */
export type Planned = Happening & { readonly at: number }

export interface Plan {
  readonly happenings: readonly Planned[]
  /** How long the servers may use the foreign issuer's keys after their lifetime. */
  readonly staleIfError: number
  /** From here on the foreign issuer neither fails nor signs with a key that it has not announced. */
  readonly calmFrom: number
}

/** After an issuer was healthy for this long, no server waits any more because of earlier failures. */
export const recovery = 75_000

/** The shortest duration in which the foreign issuer is once down for longer than its keys may be used. */
const shortestWithOutage = 60_000

/**
 * Plans a soak, always the same for a seed and a duration. A short one is as eventful as a long one.
 *
 * @param duration in milliseconds
 */
export function planOf(seed: number, duration: number): Plan {
  const random = new SeededRandom(seed)
  const beat = Math.min(5000, duration / 20)
  const staleIfError = Math.max(duration / 10, 5000)
  const calmFrom = duration < 4 * recovery ? 0.85 * duration : duration - recovery - 2 * beat
  const outage = duration < shortestWithOutage ? [] : downFor(0.4 * duration, cacheTtl + staleIfError + 2 * beat)
  const faults = faultsOf(random.fork(), { beat, until: calmFrom }).filter((fault) => isApart(fault, outage))
  const several = (least: number, most: number, happening: Happening, until = duration): Planned[] =>
    timesOf(random.fork(), { least: least * beat, most: most * beat, until }).map((at) => ({ ...happening, at }))
  const activateAfter = 2 * beat
  const happenings = [
    ...outage,
    ...faults.flat(),
    ...several(6, 10, { what: 'issuer announces a key', activateAfter }),
    ...several(8, 14, { what: 'issuer replaces its key at once' }, calmFrom),
    ...several(5, 8, { what: 'issuer removes its oldest key' }),
    ...several(4, 8, { what: 'stored key is announced', activateAfter }),
    ...several(8, 12, { what: 'stored key is replaced at once' }),
    ...several(5, 8, { what: 'oldest stored key is destroyed' }),
    ...several(9, 18, { what: 'stored key leaks' }),
    ...several(0.05, 0.15, { what: 'token is revoked' }),
    ...several(0.3, 0.6, { what: 'user is revoked' }),
  ]
  return { happenings: happenings.toSorted((a, b) => a.at - b.at), staleIfError, calmFrom }
}

type Spell = readonly Planned[]

function downFor(at: number, lasts: number): Spell {
  return [
    { at, what: 'issuer fails', fault: { kind: 'down' }, only: undefined },
    { at: at + lasts, what: 'issuer recovers' },
  ]
}

/** Most last for less than the keys may be used. Many fail only one of the documents. */
function faultsOf(random: SeededRandom, { beat, until }: { beat: number; until: number }): Spell[] {
  return timesOf(random, { least: 2 * beat, most: 6 * beat, until }).map((at) => {
    const end = Math.min(at + random.between(0.5, 2) * beat, until)
    const fault = random.pick(faults)
    return [
      { at, what: 'issuer fails', fault, only: random.pick(['jwks', 'openid-configuration', undefined]) },
      { at: end, what: 'issuer recovers' },
    ]
  })
}

const faults: readonly Fault[] = [
  { kind: 'down' },
  { kind: 'hang' },
  { kind: 'stall' },
  { kind: 'slow', delay: 300 },
  { kind: 'status', status: 503, headers: { 'Retry-After': '1' } },
  { kind: 'status', status: 500 },
  { kind: 'body', body: '<!doctype html>', headers: { 'Content-Type': 'text/html' } },
  { kind: 'body', body: '{"keys":[{"kty":"EC","crv":' },
  { kind: 'body', body: '{"keys":[]}' },
  { kind: 'redirect', location: 'https://elsewhere.soak.test/jwks.json' },
]

/** Faults that end before the outage begins, or begin after it has ended. */
function isApart(fault: Spell, outage: Spell): boolean {
  const [from = Infinity, until = -Infinity] = outage.map(({ at }) => at)
  return fault.every(({ at }) => at < from) || fault.every(({ at }) => at > until)
}

function timesOf(
  random: SeededRandom,
  { least, most, until }: { readonly least: number; readonly most: number; readonly until: number },
): number[] {
  const times: number[] = []
  for (let at = random.between(least, most); at < until; at += random.between(least, most)) times.push(at)
  return times
}
