import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Bundle } from './bundle.ts'

/** A program that imports core's sources and can run in several processes. */
export class Program {
  readonly #bundle: Bundle
  readonly #running = new Set<ChildProcess>()

  private constructor(bundle: Bundle) {
    this.#bundle = bundle
  }

  static async from(text: string): Promise<Program> {
    return new Program(await Bundle.of(text))
  }

  /** @param path of a file that may import all packages */
  static async at(path: string): Promise<Program> {
    return new Program(await Bundle.at(path))
  }

  start(...args: string[]): RunningProgram {
    const child = spawn(process.execPath, [this.#bundle.path, ...args], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return new RunningProgram(child)
  }

  /** Kills all running processes. */
  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL')
    await this.#bundle.remove()
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
