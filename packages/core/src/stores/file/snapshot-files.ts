import { join } from 'node:path'
import { type History, readHistory, writtenHistory } from './history.ts'
import { damaged, type PrivateFiles } from './private-files.ts'

/** Snapshots of a history. `snapshots/5` is the result of the first five changes. */
export class SnapshotFiles {
  readonly folder: string
  readonly #files: PrivateFiles

  constructor(files: PrivateFiles, folder: string) {
    this.folder = folder
    this.#files = files
  }

  /** Returns the number of the latest snapshot; 0 if there is none. */
  async latest(): Promise<number> {
    return (await this.#files.numbersIn(this.folder)).at(-1) ?? 0
  }

  /** Returns undefined if the snapshot was removed, because there is a later one. */
  async read(number: number): Promise<History | undefined> {
    const path = this.#pathOf(number)
    const text = await this.#files.read(path)
    if (text === undefined) return undefined
    try {
      return readHistory(text)
    } catch {
      throw damaged(path, 'cannot be read')
    }
  }

  has(number: number): Promise<boolean> {
    return this.#files.exists(this.#pathOf(number))
  }

  async add(history: History, now: number): Promise<void> {
    const path = this.#pathOf(history.place.number)
    await this.#files.writingAside(writtenHistory(history, now), (aside) => this.#files.claim(aside, path))
  }

  /** Called once the newer snapshot exists. First makes its name durable. */
  async removeBefore(number: number): Promise<void> {
    await this.#files.settle(this.folder)
    for (const older of await this.#files.numbersIn(this.folder)) {
      if (older < number) await this.#files.remove(this.#pathOf(older))
    }
  }

  #pathOf(number: number): string {
    return join(this.folder, String(number))
  }
}
