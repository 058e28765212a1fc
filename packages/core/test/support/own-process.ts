import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const esbuild = createRequire(__filename).resolve('esbuild/bin/esbuild')
const longestRun = 60_000

/** The path of core's sources, for imports in programs. */
export const source = join(__dirname, '../../src')

/**
 * Runs a program that imports core's sources in a separate process, for tests that crash the process or inspect its
 * memory.
 *
 * @returns the program's output, parsed as JSON
 */
export async function runApart(program: string, nodeOptions: readonly string[]): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'bearerkit-'))
  try {
    const [entry, bundle] = [join(directory, 'program.ts'), join(directory, 'program.mjs')]
    await writeFile(entry, program)
    const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${bundle}`]
    await run(esbuild, [entry, ...options])
    const { stdout } = await run(process.execPath, [...nodeOptions, bundle], { timeout: longestRun })
    return JSON.parse(stdout) as unknown
  } finally {
    await rm(directory, { recursive: true })
  }
}
