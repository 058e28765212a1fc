import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)
const esbuild = createRequire(__filename).resolve('esbuild/bin/esbuild')

/** The path of core's sources, for imports in programs. */
export const source = join(__dirname, '../../src')

/** A program that imports core's sources and can run in several processes. */
export class Program {
  readonly #directory: string
  readonly #running = new Set<ChildProcess>()

  private constructor(directory: string) {
    this.#directory = directory
  }

  static async from(text: string): Promise<Program> {
    const directory = await mkdtemp(join(tmpdir(), 'bearerkit-'))
    const entry = join(directory, 'program.ts')
    await writeFile(entry, text)
    const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error']
    await run(esbuild, [entry, ...options, `--outfile=${join(directory, 'program.mjs')}`])
    return new Program(directory)
  }

  start(...args: string[]): RunningProgram {
    const child = spawn(process.execPath, [join(this.#directory, 'program.mjs'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return new RunningProgram(child)
  }

  /** Kills all running processes. */
  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL')
    await rm(this.#directory, { recursive: true })
  }
}

export class RunningProgram {
  readonly child: ChildProcess
  /** The lines printed so far. */
  readonly lines: string[] = []
  readonly #ended: Promise<number | null>
  #printed: () => void = () => undefined

  constructor(child: ChildProcess) {
    this.child = child
    this.#ended = new Promise((resolve) => {
      child.once('close', resolve)
    })
    if (child.stdout !== null)
      createInterface(child.stdout).on('line', (line) => {
        this.lines.push(line)
        this.#printed()
      })
  }

  /** Resolves after the program has printed a line. */
  async firstLine(): Promise<void> {
    if (this.lines.length === 0) await new Promise<void>((resolve) => (this.#printed = resolve))
  }

  /** Resolves with the exit code after all output has been read; null if the process was killed. */
  ended(): Promise<number | null> {
    return this.#ended
  }
}
