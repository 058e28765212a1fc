import { createTestIssuer } from '@bearerkit/testing'
import type { Figure, NotMeasured, Outcome } from '../figure.ts'
import { connections, load, type LoadSample, mostRequests } from '../http/load.ts'
import { start } from '../own-process.ts'
import { interleaved } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { median } from '../statistics.ts'
import { type BoundToken, boundTokens, provenHeaders, type ProvenHeaders } from './bound-tokens.ts'
import { theLimit } from './proof-check.ts'
import { ours, peer, type ProofSetup, subjects } from './subjects.ts'

const title = 'Express, new proofs, ES256'

interface Server {
  readonly name: string
  readonly url: string
  stop(): void
}

/** A remembered token of one client and a new proof with every request. */
export async function measure(scale: Scale): Promise<Outcome> {
  await using issuer = await createTestIssuer()
  const [bound] = (await boundTokens(issuer, 1)) as [BoundToken]
  const { audience, jwksUrl } = issuer
  const setup = { issuer: issuer.issuer, audience, jwksUrl, publicJwk: bound.client.publicJwk }
  const rates = new Map<string, number[]>(Object.keys(subjects).map((name) => [name, []]))
  const notMeasured: NotMeasured[] = []
  for (let heat = 0; heat < scale.heats && notMeasured.length === 0; heat += 1) {
    const servers = await Promise.all(Object.keys(subjects).map((name) => startServer(name, setup)))
    try {
      for (const { name, url } of servers) {
        const why = await faultOf(url, bound)
        if (why !== undefined) notMeasured.push({ name: title, who: name, why })
      }
      if (notMeasured.length === 0) await measureHeat(servers, bound, { scale, rates })
    } finally {
      for (const server of servers) server.stop()
    }
  }
  return { figures: notMeasured.length === 0 ? figuresOf(rates) : [], notMeasured }
}

async function startServer(name: string, setup: ProofSetup): Promise<Server> {
  const module = new URL('server-process.js', import.meta.url)
  const execArgv = ['--initial-heap-size=256']
  const { child, message: port } = await start<number>(module, [name, JSON.stringify(setup)], { execArgv })
  return { name, url: `http://127.0.0.1:${port}/`, stop: () => void child.kill() }
}

/** Sends a good proof, and one with another signature. The limit only checks the signature. */
async function faultOf(url: string, bound: BoundToken): Promise<string | undefined> {
  const [good, other] = (await provenHeaders([bound], url, 2)) as [ProvenHeaders, ProvenHeaders]
  const forged = `${good.dpop.slice(0, good.dpop.lastIndexOf('.'))}${other.dpop.slice(other.dpop.lastIndexOf('.'))}`
  for (const { what, dpop, passes } of [
    { what: 'a good proof', dpop: other.dpop, passes: true },
    { what: 'a forged proof', dpop: forged, passes: false },
  ]) {
    const { ok, status, body } = await fetch(url, { headers: { authorization: good.authorization, dpop } })
    await body?.cancel()
    if (ok !== passes) return `answers ${status} to ${what}`
  }
  return undefined
}

async function measureHeat(
  servers: readonly Server[],
  bound: BoundToken,
  { scale, rates }: { readonly scale: Scale; readonly rates: ReadonlyMap<string, number[]> },
): Promise<void> {
  for (const { url } of servers) await loadWithProofs(url, bound, scale.warmUp)
  const contestants = servers.map(({ name, url }) => ({
    name,
    sample: () => loadWithProofs(url, bound, scale.loadTurn),
  }))
  const samples = await interleaved(contestants, scale.loadRounds)
  for (const [name, taken] of samples) rates.get(name)?.push(...taken.map(({ rate }) => rate))
}

/** More than two processors can check. */
const mostProofsPerMillisecond = 20

/** Makes more proofs than the server can answer in this time, and then sends them. */
async function loadWithProofs(url: string, bound: BoundToken, milliseconds: number): Promise<LoadSample> {
  const each = mostRequests(milliseconds, mostProofsPerMillisecond)
  const requests = (await provenHeaders([bound], url, each * connections)).map(({ authorization, dpop }) => {
    return { method: 'GET' as const, path: '/', headers: { authorization, dpop } }
  })
  const requestsOf = (stripe: number): typeof requests => requests.slice(stripe * each, (stripe + 1) * each)
  return load(url, { requestsOf, advance: () => undefined }, milliseconds)
}

function figuresOf(rates: ReadonlyMap<string, number[]>): Figure[] {
  const of = (who: string): { who: string; value: number } => ({ who, value: median(rates.get(who) ?? []) })
  const figure = { name: title, unit: 'req/s' }
  return [
    { ...figure, subject: of(ours), relativeTo: of(theLimit), target: { atLeast: 0.8 }, charted: true },
    { ...figure, subject: of(ours), relativeTo: of(peer), target: { atLeast: 2 } },
    { ...figure, subject: of(peer), relativeTo: of(theLimit), charted: true },
  ]
}
