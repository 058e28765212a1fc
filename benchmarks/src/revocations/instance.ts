import { start } from '../own-process.ts'

/** Of an instance that has opened a store. Times in milliseconds, memory in MB. */
export interface InstanceFigures {
  readonly milliseconds: number
  /** The processor's time. */
  readonly cpu: number
  /** The longest time in which no other work could run. */
  readonly longestBlock: number
  /** The growth of the process: the most while it opened the store, and afterwards. */
  readonly peak: number
  readonly growth: number
  /** The time to make a revocation, which is the first one of this instance. */
  readonly firstRevocation: number
  /** The time of one check in nanoseconds: of a token that is not revoked, and of one that is. */
  readonly check: number
  readonly checkOfRevoked: number
  /** The time of the SHA-256 of a token, which each request needs, for comparison. */
  readonly digest: number
}

/** Of the records in Redis. */
export function prefix(count: number): string {
  return `revoked:${count}:`
}

/**
 * Opens a store in a process of its own.
 *
 * @param location the folder, or the URL of the server
 */
export async function measureInstance(kind: string, count: number, location: string): Promise<InstanceFigures> {
  const module = new URL('instance-process.js', import.meta.url)
  const { message } = await start<InstanceFigures>(module, [kind, String(count), location], {
    execArgv: ['--expose-gc'],
  })
  return message
}
