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
  let isAnswered = false
  return new Promise((resolve) => {
    lines.question(question, (answer) => {
      isAnswered = true
      resolve(/^y(?:es)?$/i.test(answer.trim()))
      lines.close()
    })
    // Ctrl-C, or the end of input, after which the question stands alone on its line.
    lines.once('close', () => {
      if (!isAnswered) stderr.write('\n')
      resolve(false)
    })
  })
}
