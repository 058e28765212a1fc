import type { ExitCode } from './exit-code.ts'
import type { Failure } from './failure.ts'
import type { Outcome } from './outcome.ts'
import { paintWith } from './paint.ts'
import type { Runtime } from './runtime.ts'
import { asciiJson, shown } from './shown.ts'
import { withoutTokensIn } from './without-tokens.ts'

/** Writes what a command has found, for people or as JSON. */
export class Reporter {
  readonly runtime: Runtime
  readonly #json: boolean
  #exitCode: ExitCode = 0

  constructor(runtime: Runtime, { json }: { readonly json: boolean }) {
    this.runtime = runtime
    this.#json = json
  }

  get exitCode(): ExitCode {
    return this.#exitCode
  }

  report({ exitCode, json, text }: Outcome): void {
    const { stdout } = this.runtime
    stdout.write(`${this.#json ? asciiJson(json) : text(paintWith(hasColors(stdout)))}\n`)
    this.#exitCode = exitCode
  }

  fail(failure: Failure): ExitCode {
    const { stderr } = this.runtime
    stderr.write(`${paintWith(hasColors(stderr)).bad('error:')} ${shown(withoutTokensIn(failure.message), 2000)}\n`)
    return this.failSilently(failure)
  }

  /** For a failure whose message has been written. */
  failSilently({ exitCode, code, message }: Failure): ExitCode {
    const error = { code, message: withoutTokensIn(message) }
    if (this.#json) this.runtime.stdout.write(`${asciiJson({ error })}\n`)
    return exitCode
  }
}

/** https://no-color.org: the variable counts if it is not empty. */
function hasColors({ isTTY }: { readonly isTTY?: boolean }): boolean {
  return isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb'
}
