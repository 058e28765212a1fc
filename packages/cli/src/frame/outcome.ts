import type { ExitCode } from './exit-code.ts'
import type { Paint } from './paint.ts'

/** The result of a command. */
export interface Outcome {
  readonly exitCode: ExitCode
  /** What `--json` prints. */
  readonly json: unknown
  /** What people read, without the last line break. Text that is not ours must go through `shown()`. */
  readonly text: (paint: Paint) => string
}
