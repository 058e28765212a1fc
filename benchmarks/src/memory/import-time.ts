import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Outcome, withinLimit } from '../figure.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'

const millisecondsAllowed = 60

/** How much longer it takes to import @bearerkit/express and express than express alone, each in a new process. */
export async function measure({ rounds }: Scale): Promise<Outcome> {
  const alone = { name: 'express', sample: async () => importing('express') }
  const both = {
    name: 'express and @bearerkit/express',
    sample: async () => importing('express', '@bearerkit/express'),
  }
  const of = await medians([alone, both], rounds * 2 + 1)
  const subject = { who: '@bearerkit/express', value: of(both.name).value - of(alone.name).value }
  return { figures: [withinLimit('import time over express', 'ms', subject, millisecondsAllowed)], notMeasured: [] }
}

function importing(...modules: readonly string[]): number {
  const imports = modules.map((name) => `await import('${name}')`).join('\n')
  const program = `const start = performance.now()\n${imports}\nconsole.log(performance.now() - start)`
  // Modules are resolved from here, where they are installed.
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd, encoding: 'utf8' }))
}
