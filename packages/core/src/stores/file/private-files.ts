import type * as platformFiles from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, isWindows, join, randomUUID } from '../../platform.ts'

/** The part of `node:fs/promises` that the file store uses. */
export type FileSystem = Pick<
  typeof platformFiles,
  'chmod' | 'link' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'stat' | 'unlink' | 'writeFile'
>

const forUsAlone = { folder: 0o700, file: 0o600 }

/** In milliseconds. A file older than this was left behind by a process that was killed. */
const longestAside = 60 * 60_000

/**
 * Files that only their owner can read. Each exists completely or not at all, even if its writer is killed: it is written
 * to a temporary file, flushed to the disk, and only then given its name.
 */
export class PrivateFiles {
  readonly #files: FileSystem
  readonly #aside: string

  /** @param aside the folder for temporary files, on the same file system as all others */
  constructor(files: FileSystem, aside: string) {
    this.#files = files
    this.#aside = aside
  }

  /** Creates missing folders, and removes the access of other users from existing ones. */
  async prepare(folders: readonly string[]): Promise<void> {
    for (const folder of [...folders, this.#aside]) {
      const first = await this.#files.mkdir(folder, { recursive: true, mode: forUsAlone.folder })
      if (first !== undefined) await this.#settleFrom(folder, dirname(first))
      const { mode } = await this.#files.stat(folder)
      if ((mode & 0o077) !== 0 && !isWindows()) await this.#files.chmod(folder, forUsAlone.folder)
    }
  }

  /** Writes a temporary file and removes it after use. A long text comes in parts. */
  async writingAside<T>(text: string | AsyncIterable<string>, use: (aside: string) => Promise<T>): Promise<T> {
    const path = join(this.#aside, randomUUID())
    try {
      if (typeof text === 'string')
        await this.#files.writeFile(path, text, { flag: 'wx', mode: forUsAlone.file, flush: true })
      else await this.#writeParts(path, text)
      return await use(path)
    } finally {
      await this.remove(path)
    }
  }

  /**
   * Gives a temporary file its name. Only one process succeeds, and the name never exists without the content.
   *
   * @returns false if a file with that name exists
   */
  async claim(aside: string, path: string): Promise<boolean> {
    try {
      await this.#files.link(aside, path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    }
  }

  /** Makes the names in a folder survive a power failure. Not possible on Windows, and not needed there. */
  async settle(folder: string): Promise<void> {
    if (isWindows()) return
    const handle = await this.#files.open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /** Returns the content, or undefined if there is no such file. */
  async read(path: string): Promise<string | undefined> {
    return this.#ifThere(() => this.#files.readFile(path, 'utf8'))
  }

  /** Opens a file for reading. Returns undefined if there is no such file. */
  async open(path: string): Promise<FileHandle | undefined> {
    return this.#ifThere(() => this.#files.open(path, 'r'))
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#ifThere(() => this.#files.stat(path))) !== undefined
  }

  /** Returns the file names that are numbers, in ascending order. */
  async numbersIn(folder: string): Promise<number[]> {
    const names = await this.#files.readdir(folder)
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .toSorted((a, b) => a - b)
  }

  /** Removes a file, if it still exists. */
  async remove(path: string): Promise<void> {
    await this.#ifThere(() => this.#files.unlink(path))
  }

  /** Removes temporary files of processes that were killed. */
  async removeLeftovers(): Promise<void> {
    for (const name of await this.#files.readdir(this.#aside)) {
      const path = join(this.#aside, name)
      const found = await this.#ifThere(() => this.#files.stat(path))
      if (found !== undefined && Date.now() - found.mtimeMs > longestAside) await this.remove(path)
    }
  }

  async #writeParts(path: string, parts: AsyncIterable<string>): Promise<void> {
    const handle = await this.#files.open(path, 'wx', forUsAlone.file)
    try {
      for await (const part of parts) await handle.appendFile(part)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /** Makes the names of new folders durable, up to a folder that existed before. */
  async #settleFrom(made: string, there: string): Promise<void> {
    for (let folder = made; folder !== there; folder = dirname(folder)) await this.settle(dirname(folder))
  }

  async #ifThere<T>(look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
}

/**
 * A file is damaged or missing. It is never overwritten, so that an operator can examine it. The parser's error is left out,
 * because it quotes the file.
 */
export function damaged(path: string, reason: string): Error {
  return new Error(`the file store is damaged: ${path} ${reason}`)
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { code?: unknown }).code
}
