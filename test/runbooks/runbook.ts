import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bearerkit, type Ran, type Setting } from '../../packages/cli/test/support/terminal.ts'
import { root } from '../documented-examples.ts'

const page = readFileSync(join(root, 'docs/operating.md'), 'utf8')
const [, runbooks = ''] = page.split(/^## Runbooks$/m)
const sections = runbooks.split(/^### /m).slice(1)

/** The headings of the runbooks on the page. */
export const documentedIncidents: readonly string[] = sections.map((section) => section.slice(0, section.indexOf('\n')))

const program = 'npx @bearerkit/cli '

/** What a runbook tells its reader to do. Each step must be done, as the page has it. */
export class Runbook {
  readonly #text: string
  /** Commands of the shell, and calls in a program. */
  readonly #steps: readonly string[]
  readonly #left: Set<string>

  constructor(incident: string) {
    this.#text = sections.find((section) => section.startsWith(`${incident}\n`)) ?? ''
    const commands = [...this.#text.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].flatMap(([, block = '']) =>
      block.split('\n'),
    )
    const calls = [...this.#text.matchAll(/`(await .*?)`/g)].map(([, call]) => String(call))
    this.#steps = [...commands.map((line) => line.trim()).filter((line) => line !== ''), ...calls]
    this.#left = new Set(this.#steps)
  }

  /** The steps that were not done. */
  get left(): readonly string[] {
    return [...this.#left]
  }

  /**
   * Runs the command of the page that begins so.
   *
   * @param beginning without `npx @bearerkit/cli`
   * @param replaced what the reader writes in place of the page's values
   */
  async run(beginning: string, replaced: Readonly<Record<string, string>> = {}, setting: Setting = {}): Promise<Ran> {
    let command = this.#step(program + beginning).slice(program.length)
    for (const [shown, own] of Object.entries(replaced)) command = command.replace(shown, own)
    const [line = '', file] = command.split(' < ')
    const input = file === undefined ? {} : { input: readFileSync(file, 'utf8') }
    return bearerkit(line.split(' '), { ...input, ...setting })
  }

  /** Makes the call of the page that begins so. */
  async call(beginning: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
    const step = this.#step(beginning)
    const names = Object.keys(variables)
    const run = new AsyncFunction(...names, step)
    await run(...Object.values(variables))
  }

  /** Asserts that the page says this, in one line or in two. */
  says(...texts: readonly string[]): void {
    const flat = this.#text.replaceAll(/\s+/g, ' ')
    for (const text of texts) assert.ok(flat.includes(text), `the runbook does not say: ${text}`)
  }

  #step(beginning: string): string {
    const step = this.#steps.find((one) => one.startsWith(beginning))
    assert.ok(step !== undefined, `the runbook has no step that begins with ${beginning}`)
    this.#left.delete(step)
    return step
  }
}

const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<unknown>
