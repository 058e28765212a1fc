import type { TestIssuer } from '@bearerkit/testing'
import type { NotMeasured } from '../figure.ts'
import { interleaved } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { median } from '../statistics.ts'
import { Entrant } from './entrant.ts'
import { type FrameworkName, frameworks } from './frameworks.ts'
import type { LoadSample } from './load.ts'
import type { Setup, Subject, TokenKind } from './subject.ts'

/** All subjects of a framework, under the same load. */
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

export async function run(contest: Contest, scale: Scale): Promise<Results> {
  const setup = await setupOf(contest)
  const { subjects } = await frameworks[contest.framework]()
  const competing = subjects.filter((subject) => takesPart(subject, contest))
  const heats: Heat[] = []
  while (heats.length < scale.heats) heats.push(await heat(competing, contest, setup, scale))
  return outcomeOf(contest, competing, heats)
}

type Competing = Pick<Subject<unknown>, 'name' | 'role'>

/** The samples or the fault of each subject in one heat. */
type Heat = ReadonlyMap<string, { readonly samples: readonly LoadSample[]; readonly fault: string | undefined }>

/** Starts all subjects, warms them up, and puts them under load in turns. */
async function heat(
  competing: readonly Competing[],
  contest: Contest,
  setup: Setup,
  { warmUp, loadTurn, loadRounds }: Scale,
): Promise<Heat> {
  const entrants = await Promise.all(competing.map(({ name, role }) => Entrant.start(name, role, contest, setup)))
  try {
    for (const entrant of entrants) await entrant.load(warmUp)
    const contestants = entrants.map((entrant) => ({ name: entrant.name, sample: () => entrant.load(loadTurn) }))
    const samples = await interleaved(contestants, loadRounds)
    return new Map(entrants.map(({ name, fault }) => [name, { samples: samples.get(name) ?? [], fault }]))
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

/** A subject with a fault in any heat has a fault. */
function outcomeOf(contest: Contest, competing: readonly Competing[], heats: readonly Heat[]): Results {
  const results: Result[] = []
  const notMeasured: NotMeasured[] = []
  for (const { name, role } of competing) {
    const shown = heats.flatMap((one) => one.get(name) ?? [])
    const samples = shown.flatMap((one) => one.samples)
    const why = shown.find(({ fault }) => fault !== undefined)?.fault
    if (why !== undefined) notMeasured.push({ name: titleOf(contest), who: name, why })
    else results.push({ who: name, role, ...mediansOf(samples) })
  }
  return { results, notMeasured }
}

function mediansOf(samples: readonly LoadSample[]): LoadSample {
  const medianOf = (figure: keyof LoadSample): number => median(samples.map((sample) => sample[figure]))
  return { rate: medianOf('rate'), p99: medianOf('p99'), requests: medianOf('requests') }
}
