import type { Figure, Target } from '../figure.ts'
import type { Result } from './contest.ts'

/** The targets of a contest. */
export interface Demands {
  /** The baseline of the contest. */
  readonly yardstick: 'none' | 'limit'
  readonly ofYardstick: Target
  readonly ofFastestPeer: Target
  /** The p99, relative to the p99 of the baseline. */
  readonly p99?: Target
}

/** Returns the figures of a contest: those of BearerKit with targets, and those of the peers for information. */
export function standings(title: string, results: readonly Result[], demands: Demands): Figure[] {
  const fastestFirst = results.toSorted((a, b) => b.rate - a.rate)
  const yardstick = fastestFirst.find(({ role }) => role === demands.yardstick)
  const us = results.find(({ role }) => role === 'ours')
  if (yardstick === undefined) return []
  const rate = (subject: Result, relativeTo: Result): Figure => ({
    name: title,
    unit: 'req/s',
    subject: { who: subject.who, value: subject.rate },
    relativeTo: { who: relativeTo.who, value: relativeTo.rate },
  })
  const peers = fastestFirst.filter(({ role }) => role === 'peer')
  const fastest = peers[0]
  const figures: Figure[] = []
  if (us !== undefined) {
    figures.push({ ...rate(us, yardstick), target: demands.ofYardstick, charted: true })
    if (fastest !== undefined) figures.push({ ...rate(us, fastest), target: demands.ofFastestPeer })
    if (demands.p99 !== undefined) figures.push({ ...p99Of(title, us, yardstick), target: demands.p99 })
  }
  return [...figures, ...peers.map((peer) => ({ ...rate(peer, yardstick), charted: true }))]
}

function p99Of(title: string, subject: Result, relativeTo: Result): Figure {
  return {
    name: `${title}, p99`,
    unit: 'ms',
    subject: { who: subject.who, value: subject.p99 },
    relativeTo: { who: relativeTo.who, value: relativeTo.p99 },
  }
}
