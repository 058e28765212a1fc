import type { TestIssuer } from '@bearerkit/testing'
import type { NotMeasured } from '../figure.ts'
import { interleaved } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { median } from '../statistics.ts'
import { Entrant } from './entrant.ts'
import { type FrameworkName, frameworks } from './frameworks.ts'
import type { LoadSample } from './load.ts'
import type { Setup, Subject, TokenKind } from './subject.ts'

/** Everyone who protects a framework, under the same load. */
export interface Contest {
  readonly framework: FrameworkName
  readonly kind: TokenKind
  readonly alg: Setup['alg']
  readonly issuer: TestIssuer
  readonly tokens: readonly string[]
}

export interface Result extends LoadSample {
  readonly who: string
  readonly role: Subject<unknown>['role']
}

export interface Results {
  readonly results: readonly Result[]
  readonly notMeasured: readonly NotMeasured[]
}

export async function run(contest: Contest, { warmUp, loadTurn, loadRounds }: Scale): Promise<Results> {
  const setup = await setupOf(contest)
  const { subjects } = await frameworks[contest.framework]()
  const entrants = await Promise.all(
    subjects
      .filter((subject) => takesPart(subject, contest))
      .map(({ name, role }) => Entrant.start(name, role, contest, setup)),
  )
  try {
    for (const entrant of entrants) await entrant.load(warmUp)
    const contestants = entrants.map((entrant) => ({ name: entrant.name, sample: () => entrant.load(loadTurn) }))
    return outcomeOf(contest, entrants, await interleaved(contestants, loadRounds))
  } finally {
    for (const entrant of entrants) entrant.stop()
  }
}

export function titleOf({ framework, kind, alg }: Contest): string {
  return `${framework}, ${kind} tokens, ${alg}`
}

async function setupOf({ issuer, alg }: Contest): Promise<Setup> {
  const { keys, audience, jwksUrl } = issuer
  const [publicJwk = {}] = (await keys.jwks()).keys
  return { issuer: issuer.issuer, audience, jwksUrl, alg, publicJwk }
}

function takesPart({ tokens, algs }: Pick<Subject<unknown>, 'tokens' | 'algs'>, { kind, alg }: Contest): boolean {
  return (tokens ?? kind) === kind && (algs?.includes(alg) ?? true)
}

function outcomeOf(
  contest: Contest,
  entrants: readonly Entrant[],
  samples: ReadonlyMap<string, readonly LoadSample[]>,
): Results {
  const results = entrants.flatMap(({ name, role, fault }) => {
    const taken = samples.get(name) ?? []
    if (fault !== undefined) return []
    return [{ who: name, role, rate: median(taken.map(({ rate }) => rate)), p99: median(taken.map(({ p99 }) => p99)) }]
  })
  const notMeasured = entrants.flatMap(({ name, fault }) =>
    fault === undefined ? [] : [{ name: titleOf(contest), who: name, why: fault }],
  )
  return { results, notMeasured }
}
