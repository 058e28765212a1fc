import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from '../figure.ts'
import type { Machine } from '../machine.ts'
import type { Suite } from '../parts.ts'
import { asChart } from './chart.ts'
import { asJson } from './json.ts'
import { asMarkdown } from './table.ts'

export interface PartReport extends Outcome {
  readonly suite: Suite
}

/** All results of a run, and the machine. */
export interface Report {
  readonly machine: Machine
  readonly quick: boolean
  readonly parts: readonly PartReport[]
}

const forms: Readonly<Record<string, (report: Report) => string>> = { json: asJson, svg: asChart, md: asMarkdown }

/** Writes the report in every format, without a chart if there is nothing in it, named after the major version of Node, and returns the paths. */
export function writeReport(report: Report, folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  const name = `node-${/\d+/.exec(report.machine.node)?.[0]}`
  const isCharted = report.parts.some(({ figures }) => figures.some(({ charted }) => charted === true))
  return Object.entries(forms)
    .filter(([ending]) => isCharted || ending !== 'svg')
    .map(([ending, form]) => {
      const path = join(folder, `${name}.${ending}`)
      writeFileSync(path, form(report))
      return path
    })
}
