import * as platformFiles from 'node:fs/promises'
import type { FileSystem } from '../../../src/stores/file/private-files.ts'

const opened: platformFiles.FileHandle[] = []

/** Closes what a killed process has left open. The system would do it; in here somebody has to. */
export async function closeAbandoned(): Promise<void> {
  await Promise.all(opened.splice(0).map(async (handle) => (handle.fd === -1 ? undefined : handle.close())))
}

/** The file system, without waiting for the disk: no test pulls the plug. */
export const quickFiles: FileSystem = {
  ...platformFiles,
  writeFile: (path, text, options) => platformFiles.writeFile(path, text, { ...Object(options), flush: false }),
  async open(...args) {
    const handle = await platformFiles.open(...args)
    handle.sync = async () => undefined
    opened.push(handle)
    return handle
  },
}

/** Runs before each call to the file system, with its number, from 1, and its name. What it answers is awaited. */
export type BeforeCall = (call: number, name: string) => void | Promise<void>

type Call = (...args: unknown[]) => Promise<unknown>

/** The file system, with something before each call, the calls of opened files included. */
export function filesWith(before: BeforeCall): FileSystem {
  let calls = 0
  const intercepted = (target: object): object =>
    new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return async (...args: unknown[]) => {
          await before((calls += 1), String(name))
          const result = await (member as Call).apply(target, args)
          return name === 'open' ? intercepted(result as object) : result
        }
      },
    })
  return intercepted(quickFiles) as FileSystem
}

/** From this call on nothing is done and nothing is answered, as in a process that was killed. */
export function filesOfKilled(at: number, onDeath: () => void): FileSystem {
  return filesWith((call) => {
    if (call < at) return undefined
    onDeath()
    return new Promise(() => undefined)
  })
}
