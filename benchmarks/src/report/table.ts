import { type Figure, isMet, ratioOf, type Target } from '../figure.ts'
import { inWords } from '../machine.ts'
import type { Report } from './report.ts'

type Row = readonly string[]

const columns = [
  { title: 'figure', alignRight: false },
  { title: 'subject', alignRight: false },
  { title: 'value', alignRight: true },
  { title: 'relative to', alignRight: false },
  { title: 'value', alignRight: true },
  { title: 'unit', alignRight: false },
  { title: 'ratio', alignRight: true },
  { title: 'target', alignRight: true },
  { title: 'met', alignRight: false },
] as const

/** Renders the report for the terminal. */
export function asTable(report: Report): string {
  const rows = rowsOf(report)
  const widths = widthsOf(rows)
  const lines = [columns.map(({ title }) => title), ...rows].map((row) => aligned(row, widths).join('  ').trimEnd())
  return ['', heading(report), '', ...lines, ...missing(report)].join('\n')
}

/** Renders the report as a Markdown page. */
export function asMarkdown(report: Report): string {
  const rows = rowsOf(report)
  const widths = widthsOf(rows)
  const rule = columns.map(({ alignRight }, index) =>
    alignRight ? `${'-'.repeat((widths[index] ?? 3) - 1)}:` : '-'.repeat(widths[index] ?? 3),
  )
  const lines = [
    aligned(
      columns.map(({ title }) => title),
      widths,
    ),
    rule,
    ...rows.map((row) => aligned(row, widths)),
  ]
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`)
  return `${[heading(report), '', ...table, ...missing(report)].join('\n')}\n`
}

function heading({ machine, quick }: Report): string {
  return `Taken on ${inWords(machine)}${quick ? ', in a quick run' : ''}.`
}

function rowsOf({ parts }: Report): Row[] {
  return parts.flatMap(({ figures }) => figures.map((figure) => rowOf(figure)))
}

function rowOf(figure: Figure): Row {
  const { name, unit, subject, relativeTo, target } = figure
  const met = isMet(figure)
  return [
    name,
    subject.who,
    number(subject.value),
    relativeTo.who,
    number(relativeTo.value),
    unit,
    number(ratioOf(figure)),
    target === undefined ? '' : targetInWords(target),
    met === undefined ? '' : met ? 'yes' : 'no',
  ]
}

function targetInWords(target: Target): string {
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`
}

/** A whole number above a hundred, otherwise two decimals. */
function number(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(2)
}

function missing({ parts }: Report): string[] {
  const lines = parts.flatMap(({ notMeasured }) =>
    notMeasured.map(({ name, who, why }) => `- Not measured: ${name}, ${who}: ${why}`),
  )
  return lines.length === 0 ? [] : ['', ...lines]
}

function widthsOf(rows: readonly Row[]): number[] {
  return columns.map(({ title }, index) => Math.max(3, title.length, ...rows.map((row) => row[index]?.length ?? 0)))
}

function aligned(row: Row, widths: readonly number[]): string[] {
  return row.map((cell, index) =>
    columns[index]?.alignRight === true ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
  )
}
