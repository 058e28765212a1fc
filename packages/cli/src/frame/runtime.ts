import type { Readable, Writable } from 'node:stream'
import type { Clock, Fetch } from '@bearerkit/core'

/** What commands get from their process. Tests pass their own. */
export interface Runtime {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** Returns a signal that is aborted when the user interrupts the process, for commands that run until then. */
  readonly interruption: () => AbortSignal
  /** Default: the system clock. */
  readonly clock?: Clock
  /** Default: the platform's. */
  readonly fetch?: Fetch
}

export function processRuntime(): Runtime {
  const { stdin, stdout, stderr } = process
  for (const stream of [stdout, stderr]) stream.on('error', endIfClosed)
  return { stdin, stdout, stderr, interruption }
}

/** A reader such as `head` may close its end of a pipe. Nobody reads what would follow. */
function endIfClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

/** A second signal ends the process at once, as it does without a listener. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

/** Returns the time in milliseconds since the epoch. */
export function systemTime({ clock }: Runtime): number {
  return clock?.now() ?? Date.now()
}
