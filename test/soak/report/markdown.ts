import { availableParallelism, cpus } from 'node:os'
import type { MeasuredServer, SoakReport } from '../soak.ts'
import type { Count, Latency, WrongAnswer } from '../traffic/tally.ts'
import { growthPerMinute } from './memory.ts'
import { inWords, shortestForMemory, violationsIn } from './rules.ts'
import { type Cell, markdownTable } from './table.ts'

const statuses = ['200', '401', '403', '503'] as const

/** Renders a report for the documentation, and what is wrong for whoever has to find the cause. */
export function asMarkdown(report: SoakReport): string {
  const violations = violationsIn(report)
  return [
    heading(report),
    requestTable(report.counts),
    serverTable(report),
    violations.length === 0 ? 'All rules hold.' : listOf(violations),
    ...(report.wrongAnswers.length === 0 ? [] : [`Wrong answers:\n\n${listOf(report.wrongAnswers.map(inLine))}`]),
  ].join('\n\n')
}

function heading({ elapsed, options: { seed, rate, duration } }: SoakReport): string {
  const minutes = (duration / 60_000).toLocaleString('en', { maximumFractionDigits: 1 })
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`
  const late = ((elapsed - duration) / 1000).toFixed(1)
  return `${minutes} minutes, ${rate} requests per second, seed ${seed}. ${machine}. The last answer came ${late} s after the end.`
}

function requestTable(counts: readonly Count[]): string {
  const sorted = counts.toSorted((a, b) => order(a).localeCompare(order(b)))
  const rows = sorted.map(({ kind, expected, answers, wrong }) => [
    kind,
    inWords[expected],
    ...statuses.map((status) => answers[status] ?? 0),
    wrong,
  ])
  const total = (column: number): number => rows.reduce((sum, row) => sum + Number(row[column]), 0)
  const totals = ['all', '', ...statuses.map((_, index) => total(index + 2)), total(statuses.length + 2)]
  return markdownTable(['requests', 'the answer', ...statuses, 'wrong'], [...rows, totals])
}

function order({ kind, expected }: Count): string {
  return `${Object.keys(inWords).indexOf(expected)} ${kind}`
}

type Figure = readonly [title: string, figure: (server: MeasuredServer, latency: Latency) => number]

const growth: Figure = ['growth of live memory (MB per minute)', ({ measurements }) => growthPerMinute(measurements)]

function serverTable({ servers, latencies, elapsed, options }: SoakReport): string {
  const rows: readonly Figure[] = [
    ['requests per second', (_, { requests }) => (requests / elapsed) * 1000],
    ['latency, median (ms)', (_, { median }) => median],
    ['latency, p99 (ms)', (_, { p99 }) => p99],
    ['event loop delay, p99 (ms)', ({ measurements }) => measurements.at(-1)?.loopDelay ?? NaN],
    ['event loop delay, longest (ms)', ({ measurements }) => measurements.at(-1)?.longestDelay ?? NaN],
    ['processor (%)', ({ measurements }) => usage(measurements)],
    ['live memory, halfway (MB)', ({ measurements }) => halfway(measurements)?.live ?? NaN],
    ['live memory, at the end (MB)', ({ measurements }) => measurements.at(-1)?.live ?? NaN],
    ['resident memory, halfway (MB)', ({ measurements }) => halfway(measurements)?.resident ?? NaN],
    ['resident memory, at the end (MB)', ({ measurements }) => measurements.at(-1)?.resident ?? NaN],
    ...(options.duration < shortestForMemory ? [] : [growth]),
  ]
  const latencyOf = ({ name }: MeasuredServer): Latency =>
    latencies.find(({ server }) => server === name) ?? { server: name, requests: 0, median: NaN, p99: NaN }
  return markdownTable(
    ['', ...servers.map(({ name }) => name)],
    rows.map(([title, figure]): Cell[] => [title, ...servers.map((server) => figure(server, latencyOf(server)))]),
  )
}

function halfway<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(list.length / 2)]
}

function usage(measurements: MeasuredServer['measurements']): number {
  const [first, last] = [measurements[0], measurements.at(-1)]
  return first === undefined || last === undefined || first === last
    ? NaN
    : (100 * (last.processor - first.processor)) / (last.at - first.at)
}

function inLine({ at, server, kind, answer, right, times }: WrongAnswer): string {
  return `${server}, ${kind}: ${answer}, first after ${(at / 1000).toFixed(1)} s, ${times} times; right: ${right.join(' or ')}`
}

function listOf(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}
