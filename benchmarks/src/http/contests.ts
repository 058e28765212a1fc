import { createTestIssuer } from '@bearerkit/testing'
import type { Figure, NotMeasured, Outcome } from '../figure.ts'
import type { Scale } from '../scale.ts'
import { goodTokens } from '../tokens.ts'
import { type Contest, run, titleOf } from './contest.ts'
import type { FrameworkName } from './frameworks.ts'
import { type Demands, standings } from './standings.ts'
import type { Setup, TokenKind } from './subject.ts'

export interface ContestSeries {
  readonly kind: TokenKind
  readonly algs: readonly Setup['alg'][]
  readonly frameworks: readonly FrameworkName[]
  /** The number of distinct tokens. */
  readonly tokens: number
  readonly demands: Demands
}

/** Every framework with every algorithm. Tokens are created once per algorithm. */
export async function runAll(
  { kind, algs, frameworks, tokens, demands }: ContestSeries,
  scale: Scale,
): Promise<Outcome> {
  const figures: Figure[] = []
  const notMeasured: NotMeasured[] = []
  for (const alg of algs) {
    await using issuer = await createTestIssuer({ alg })
    const made = await goodTokens(issuer, tokens)
    for (const framework of frameworks) {
      const contest: Contest = { framework, kind, alg, issuer, tokens: made }
      const found = await run(contest, scale)
      figures.push(...standings(titleOf(contest), found.results, demands))
      notMeasured.push(...found.notMeasured)
    }
  }
  return { figures, notMeasured }
}
