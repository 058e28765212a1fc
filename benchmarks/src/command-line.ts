import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { type Suite, suites } from './parts.ts'

export interface CommandLine {
  readonly quick: boolean
  /** The suites to run. Empty means all. */
  readonly only: readonly Suite[]
  /** The output folder of the report. */
  readonly out: string
  readonly strict: boolean
}

/** @throws if an option or a suite is unknown */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      out: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
      strict: { type: 'boolean', default: false },
    },
  })
  return { ...values, only: values.only.map((name) => suiteNamed(name)) }
}

function suiteNamed(name: string): Suite {
  const suite = suites.find((one) => one === name)
  if (suite === undefined) throw new Error(`--only ${name}: the suites are ${suites.join(', ')}`)
  return suite
}
