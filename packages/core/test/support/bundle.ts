import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const esbuild = createRequire(__filename).resolve('esbuild/bin/esbuild')

/** CommonJS modules in the bundle call `require`. */
const banner =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

const options = [
  '--bundle',
  '--platform=node',
  '--format=esm',
  '--log-level=error',
  '--conditions=@bearerkit/source',
  `--banner:js=${banner}`,
]

/** The path of core's sources, for imports in programs. */
export const source = join(__dirname, '../../src')

/** A program that imports core's sources, bundled for other processes. */
export class Bundle {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** @param program its text */
  static async of(program: string): Promise<Bundle> {
    return Bundle.#make(async (directory) => {
      const entry = join(directory, 'program.ts')
      await writeFile(entry, program)
      return entry
    })
  }

  /** @param path of a file of ours */
  static async at(path: string): Promise<Bundle> {
    return Bundle.#make(async () => path)
  }

  static async #make(entryIn: (directory: string) => Promise<string>): Promise<Bundle> {
    const directory = await mkdtemp(join(tmpdir(), 'bearerkit-'))
    const bundle = new Bundle(join(directory, 'program.mjs'))
    try {
      await run(esbuild, [await entryIn(directory), `--outfile=${bundle.path}`, ...options])
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
