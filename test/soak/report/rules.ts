import type { SoakReport } from '../soak.ts'
import type { Expected } from '../traffic/change.ts'
import { growthPerMinute } from './memory.ts'

interface Rule {
  /** The shortest soak for which it holds, in milliseconds. */
  readonly from: number
  /** Returns how it is broken. */
  readonly violations: (report: SoakReport) => readonly string[]
}

const minute = 60_000

/** The limits of long soaks, in milliseconds and in megabytes per minute. */
const limits = { loopDelay: 50, growth: 1 }
/** Caches are full by then, and half of the soak is left to measure. */
export const shortestForMemory: number = 8 * minute
/** The part of the requests that must have been sent: otherwise the load did not come. */
const leastSent = 0.95

const rules: Readonly<Record<string, Rule>> = {
  'every answer is right': {
    from: 0,
    violations: ({ counts }) =>
      counts
        .filter(({ wrong }) => wrong > 0)
        .map(({ kind, expected, wrong }) => `${wrong} wrong answers: ${kind}, ${inWords[expected]}`),
  },
  'everything happens as planned': { from: 0, violations: ({ failures }) => failures },
  'every kind of request is sent': {
    from: 0,
    violations: ({ counts }) => {
      const isSeen = (kind: string, expected: Expected): boolean =>
        counts.some((count) => count.kind === kind && count.expected === expected)
      return kinds.filter(([kind, expected]) => !isSeen(kind, expected)).map((one) => `no request: ${one.join(', ')}`)
    },
  },
  'the load comes': {
    from: minute,
    violations: ({ counts, elapsed, options: { rate } }) => {
      const sent = counts.flatMap(({ answers }) => Object.values(answers)).reduce((sum, count) => sum + count, 0)
      const perSecond = (sent / elapsed) * 1000
      return perSecond < leastSent * rate ? [`${perSecond.toFixed(0)} requests per second in the place of ${rate}`] : []
    },
  },
  'the event loops turn': {
    from: minute,
    violations: ({ servers }) =>
      servers
        .map(({ name, measurements }) => ({ name, delay: measurements.at(-1)?.loopDelay ?? Infinity }))
        .filter(({ delay }) => !(delay < limits.loopDelay))
        .map(({ name, delay }) => `${name}: p99 of the event loop delay ${delay.toFixed(1)} ms`),
  },
  'memory does not grow': {
    from: shortestForMemory,
    violations: ({ servers }) =>
      servers
        .map(({ name, measurements }) => ({ name, growth: growthPerMinute(measurements) }))
        .filter(({ growth }) => !(growth <= limits.growth))
        .map(({ name, growth }) => `${name}: live memory grows by ${growth.toFixed(2)} MB per minute`),
  },
}

export const inWords: Readonly<Record<Expected, string>> = {
  passes: 'must pass',
  'in transition': 'on the way from one to the other',
  refused: 'must be refused',
}

const kinds: readonly (readonly [kind: string, expected: Expected])[] = [
  ...['Bearer, foreign keys', 'DPoP, foreign keys', 'Bearer, stored keys', 'DPoP, stored keys'].map(
    (kind) => [kind, 'passes'] as const,
  ),
  ...[
    'expired token',
    'revoked token',
    'token of a key that the server cannot know',
    'token without the scope',
    'forged token',
    'wrong proof',
    'replayed proof',
    'wrong scheme',
    'no credentials',
  ].map((kind) => [kind, 'refused'] as const),
]

/** Returns how a soak broke its rules. */
export function violationsIn(report: SoakReport): string[] {
  return Object.entries(rules)
    .filter(([, { from }]) => report.options.duration >= from)
    .flatMap(([name, { violations }]) => violations(report).map((violation) => `${name}: ${violation}`))
}
