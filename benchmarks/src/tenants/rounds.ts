import { TokenVerifier } from '@bearerkit/core'
import { type Figure, type Outcome, withinLimit } from '../figure.ts'
import { forEachOf } from '../pace.ts'
import { livingMegabytes } from '../resident-memory.ts'
import type { Scale } from '../scale.ts'
import { Tenants } from './fleet-of-tenants.ts'

const rounds = ['1', '2', '3']
const concurrency = 16
const warmUpTenants = 300
/** OpenID Connect Discovery and the JWKS. */
const documentsPerTenant = 2
const kilobytesAllowed = 40

interface Visits {
  readonly count: number
  readonly requests: number
  readonly kilobytesEach: number
  /** For a new token of a tenant whose keys are cached. */
  readonly microseconds: number
}

/** Visits every tenant three times in turn, with `resolveIssuer`, and measures the cost by the number of tenants. */
export async function measure({ tenantCounts }: Scale): Promise<Outcome> {
  // Keeps one-time compilation and allocation out of the figures of the first tenants.
  await visit(warmUpTenants)
  const visits: Visits[] = []
  for (const count of tenantCounts) visits.push(await visit(count))
  return { figures: visits.flatMap((one) => figuresOf(one, visits[0] as Visits)), notMeasured: [] }
}

async function visit(count: number): Promise<Visits> {
  const tenants = new Tenants(count)
  const { resolveIssuer, fetch } = tenants
  const tokens = rounds.map((name) => tenants.round(name))
  const before = await livingMegabytes()
  // No token cache: only the cost of the tenants is measured.
  const verifier = new TokenVerifier({ resolveIssuer, fetch, maxIssuers: count, cache: false })
  const seconds: number[] = []
  for (const round of tokens) seconds.push(await secondsOf(verifier, round))
  const growth = Math.max(0, (await livingMegabytes()) - before)
  await verifier.verify(String(tokens[0]?.[0]))
  return {
    count,
    requests: tenants.requests,
    kilobytesEach: (growth * 1024) / count,
    microseconds: ((seconds.at(-1) ?? 0) / count) * 1_000_000,
  }
}

async function secondsOf(verifier: TokenVerifier, tokens: readonly Buffer[]): Promise<number> {
  const start = performance.now()
  await forEachOf(tokens, concurrency, (token) => verifier.verify(token.toString('latin1')))
  return (performance.now() - start) / 1000
}

function figuresOf({ count, requests, kilobytesEach, microseconds }: Visits, least: Visits): Figure[] {
  const who = `${count.toLocaleString('en')} tenants`
  const documents = documentsPerTenant * count
  return [
    withinLimit(
      `upstream requests in three rounds of ${who}`,
      'requests',
      { who, value: requests },
      documents,
      'each document once',
    ),
    // With few tenants, the memory depends more on the process than on the tenants.
    ...(count < warmUpTenants
      ? []
      : [withinLimit(`memory for each of ${who}`, 'KB', { who, value: kilobytesEach }, kilobytesAllowed)]),
    {
      name: `a new token of one of ${who}`,
      unit: 'µs',
      subject: { who, value: microseconds },
      relativeTo: { who: `${least.count} tenants`, value: least.microseconds },
    },
  ]
}
