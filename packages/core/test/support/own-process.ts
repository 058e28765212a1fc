import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Bundle } from './bundle.ts'

const run = promisify(execFile)
const longestRun = 60_000

/**
 * Runs a program that imports core's sources in a separate process, for tests that crash the process or inspect its
 * memory.
 *
 * @returns the program's output, parsed as JSON
 */
export async function runApart(program: string, nodeOptions: readonly string[]): Promise<unknown> {
  const bundle = await Bundle.of(program)
  try {
    const { stdout } = await run(process.execPath, [...nodeOptions, bundle.path], { timeout: longestRun })
    return JSON.parse(stdout) as unknown
  } finally {
    await bundle.remove()
  }
}
