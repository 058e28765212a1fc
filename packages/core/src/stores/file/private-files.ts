import type * as platformFiles from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'

/** The part of `node:fs/promises` that the file store uses. */
export type FileSystem = Pick<
  typeof platformFiles,
  'chmod' | 'link' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'stat' | 'unlink' | 'writeFile'
>

const forUsAlone = { folder: 0o700, file: 0o600 }

/** A file that is written aside is complete within seconds, or was left behind by a process that was killed. */
const longestAside = 60 * 60_000

/**
 * Files that only their owner reads, and that exist completely or not at all, wherever their writer is killed: each is
 * written aside, flushed to the disk, and only then given its name.
 */
export class PrivateFiles {
  readonly #files: FileSystem
  readonly #aside: string

  /** @param aside the folder for files that are being written, on the file system of all others */
  constructor(files: FileSystem, aside: string) {
    this.#files = files
    this.#aside = aside
  }

  /** Makes folders that do not exist. Those that do, and are open to others, are closed. */
  async prepare(folders: readonly string[]): Promise<void> {
    for (const folder of [...folders, this.#aside]) {
      const first = await this.#files.mkdir(folder, { recursive: true, mode: forUsAlone.folder })
      if (first !== undefined) await this.#settleFrom(folder, dirname(first))
      const { mode } = await this.#files.stat(folder)
      if ((mode & 0o077) !== 0 && process.platform !== 'win32') await this.#files.chmod(folder, forUsAlone.folder)
    }
  }

  /** Writes a file aside, for as long as it takes to give it a name. */
  async writingAside<T>(text: string, use: (aside: string) => Promise<T>): Promise<T> {
    const path = join(this.#aside, randomUUID())
    try {
      await this.#files.writeFile(path, text, { flag: 'wx', mode: forUsAlone.file, flush: true })
      return await use(path)
    } finally {
      await this.remove(path)
    }
  }

  /**
   * Gives a file that was written aside its name. Only one process succeeds, and no process can be caught between having
   * the name and having the content.
   *
   * @returns false if there is a file of that name
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

  /** Makes the names in a folder outlive a power failure. Windows opens no folders, and needs no such thing. */
  async settle(folder: string): Promise<void> {
    if (process.platform === 'win32') return
    const handle = await this.#files.open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /** The content; undefined if there is no such file. */
  async read(path: string): Promise<string | undefined> {
    return this.#ifThere(() => this.#files.readFile(path, 'utf8'))
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#ifThere(() => this.#files.stat(path))) !== undefined
  }

  /** The files of a folder whose names are numbers, ascending. */
  async numbersIn(folder: string): Promise<number[]> {
    const names = await this.#files.readdir(folder)
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .toSorted((a, b) => a - b)
  }

  /** Nothing happens if somebody else was faster. */
  async remove(path: string): Promise<void> {
    await this.#ifThere(() => this.#files.unlink(path))
  }

  /** Removes what killed processes have left aside. */
  async removeLeftovers(): Promise<void> {
    for (const name of await this.#files.readdir(this.#aside)) {
      const path = join(this.#aside, name)
      const found = await this.#ifThere(() => this.#files.stat(path))
      if (found !== undefined && Date.now() - found.mtimeMs > longestAside) await this.remove(path)
    }
  }

  /** Settles the names of folders that were made, up to one that was there. */
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
 * A file is not as it was written, or is missing between others. Nothing writes over it: somebody has to look. The error of
 * the parser is left out, for it quotes the file.
 */
export function damaged(path: string, reason: string): Error {
  return new Error(`the file store is damaged: ${path} ${reason}`)
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { code?: unknown }).code
}
