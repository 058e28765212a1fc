import { readCommandLine } from './command-line.ts'
import { isMet, type Outcome } from './figure.ts'
import { machine } from './machine.ts'
import { start } from './own-process.ts'
import { type Part, parts } from './parts.ts'
import { type PartReport, type Report, writeReport } from './report/report.ts'
import { asTable } from './report/table.ts'
import { scales } from './scale.ts'

const { quick, only, out, strict } = readCommandLine(process.argv.slice(2))
const scale = quick ? scales.quick : scales.full

const measured: PartReport[] = []
for (const part of parts) {
  if (only.length === 0 || only.includes(part.suite)) measured.push(await measure(part))
}

const report: Report = { machine: machine(), quick, parts: measured }
console.log(asTable(report))
console.log(`\nWritten: ${writeReport(report, out).join(', ')}`)

const broke = measured.some(({ notMeasured }) => notMeasured.length > 0)
const missed = measured.some(({ figures }) => figures.some((figure) => isMet(figure) === false))
process.exitCode = broke || (strict && missed) ? 1 : 0

/** If a part fails, the others still run, and the report has a row for the failure. */
async function measure({ suite, name }: Part): Promise<PartReport> {
  const begun = performance.now()
  const outcome = await measuredApart(suite, name)
  console.error(`${suite}, ${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  return { suite, ...outcome }
}

async function measuredApart(suite: string, name: string): Promise<Outcome> {
  const module = new URL('part-process.js', import.meta.url)
  const args = [suite, name, JSON.stringify(scale)]
  try {
    return (await start<Outcome>(module, args, { execArgv: ['--expose-gc'] })).message
  } catch (error) {
    return { figures: [], notMeasured: [{ name: `${suite}, ${name}`, who: 'all', why: (error as Error).message }] }
  }
}
