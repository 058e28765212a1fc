import { join } from '../../platform.ts'
import type { StoredRecord } from '../key-store.ts'
import type { History } from './history.ts'
import type { PrivateFiles } from './private-files.ts'
import { countLine, historyLine, recordLine } from './snapshot-lines.ts'
import { Snapshot } from './snapshot.ts'

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

  /**
   * Opens a snapshot. Its records can be read until it is closed, also if it is removed meanwhile.
   *
   * @returns undefined if it was removed, because there is a later one
   */
  async open(number: number): Promise<{ snapshot: Snapshot; history: History } | undefined> {
    const path = this.#pathOf(number)
    const file = await this.#files.open(path)
    return file && Snapshot.in(file, path, number)
  }

  has(number: number): Promise<boolean> {
    return this.#files.exists(this.#pathOf(number))
  }

  /** @param parts all records, sorted by id */
  async add(history: History, parts: AsyncIterable<readonly StoredRecord[]>): Promise<void> {
    const path = this.#pathOf(history.place.number)
    await this.#files.writingAside(written(history, parts), (aside) => this.#files.claim(aside, path))
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

async function* written(history: History, parts: AsyncIterable<readonly StoredRecord[]>): AsyncGenerator<string> {
  let count = 0
  yield historyLine(history)
  for await (const part of parts) {
    count += part.length
    // A file is not written with nothing.
    if (part.length > 0) yield part.map((record) => recordLine(record)).join('')
  }
  yield countLine(count)
}
