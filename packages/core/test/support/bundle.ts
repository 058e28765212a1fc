import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const esbuild = createRequire(__filename).resolve('esbuild/bin/esbuild')

/** The path of core's sources, for imports in programs. */
export const source = join(__dirname, '../../src')

/** A program that imports core's sources, bundled for other processes. */
export class Bundle {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async of(program: string): Promise<Bundle> {
    const directory = await mkdtemp(join(tmpdir(), 'bearerkit-'))
    const [entry, path] = [join(directory, 'program.ts'), join(directory, 'program.mjs')]
    const bundle = new Bundle(path)
    await writeFile(entry, program)
    const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${path}`]
    try {
      await run(esbuild, [entry, ...options])
    } catch (error) {
      await bundle.remove()
      throw error
    }
    return bundle
  }

  async remove(): Promise<void> {
    await rm(dirname(this.path), { recursive: true })
  }
}
