import { createInterface } from 'node:readline'
import { UsageError } from './failure.ts'
import type { Runtime } from './runtime.ts'

/**
 * Asks a question whose answer is yes or no.
 *
 * @throws UsageError if nobody can answer
 */
export function confirmed(question: string, { stdin, stderr }: Runtime): Promise<boolean> {
  if (stdin.isTTY !== true) throw new UsageError('standard input is no terminal, so nobody can be asked: use --yes')
  const lines = createInterface({ input: stdin, output: stderr })
  return new Promise((resolve) => {
    lines.question(question, (answer) => {
      resolve(/^y(?:es)?$/i.test(answer.trim()))
      lines.close()
    })
    lines.once('close', () => resolve(false))
  })
}
