import { PassThrough, Readable } from 'node:stream'
import type { Runtime } from '../../src/frame/runtime.ts'
import { run } from '../../src/run.ts'

/** What a command did. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Setting extends Partial<Pick<Runtime, 'clock' | 'fetch'>> {
  /** What is piped into the command. Default: nothing. */
  readonly input?: string
  /** What a user types. Standard input and the outputs are then a terminal. */
  readonly typed?: string
  /** Whether the outputs are a terminal. Default: only if something is typed. */
  readonly isTerminal?: boolean
}

/** Runs a command line in this process, as `bearerkit.js` does. */
export async function bearerkit(args: readonly string[], setting: Setting = {}): Promise<Ran> {
  const { input = '', typed, isTerminal = typed !== undefined, clock, fetch } = setting
  const stdin = typed === undefined ? Readable.from(input === '' ? [] : [Buffer.from(input)]) : keyboard(typed)
  const [stdout, stderr] = [new Screen(isTerminal), new Screen(isTerminal)]
  const runtime: Runtime = {
    stdin,
    stdout,
    stderr,
    interruption: () => new AbortController().signal,
    ...(clock !== undefined && { clock }),
    ...(fetch !== undefined && { fetch }),
  }
  const code = await run(args, runtime)
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** Runs a command with `--json`, and parses its output. */
export async function bearerkitJson<T>(
  args: readonly string[],
  setting: Setting = {},
  parse: (text: string) => T = JSON.parse,
): Promise<{ readonly code: number; readonly json: T }> {
  const { code, stdout } = await bearerkit([...args, '--json'], setting)
  return { code, json: parse(stdout) }
}

class Screen extends PassThrough {
  readonly isTTY: boolean
  #text = ''

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
    this.on('data', (chunk: Buffer) => (this.#text += chunk.toString()))
  }

  get text(): string {
    return this.#text
  }
}

function keyboard(typed: string): Readable & { readonly isTTY: true } {
  const stream = new PassThrough() as unknown as Readable & { isTTY: true; setRawMode: () => void }
  stream.isTTY = true
  stream.setRawMode = () => undefined
  ;(stream as unknown as PassThrough).write(typed)
  return stream
}
