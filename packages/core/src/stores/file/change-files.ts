import { join } from '../../platform.ts'
import type { Place } from '../revision.ts'
import type { Change } from './history.ts'
import { damaged, type PrivateFiles } from './private-files.ts'

/** What is in the file of a change. Its number is the file's name. */
export interface WrittenChange extends Omit<Change, 'place'> {
  readonly nonce: string
}

/** So many files are read at once where many have to be. */
const widestBatch = 32

/** The changes of a store, each in a file whose name is its number: `changes/7` is the seventh. */
export class ChangeFiles {
  readonly folder: string
  readonly #files: PrivateFiles

  constructor(files: PrivateFiles, folder: string) {
    this.#files = files
    this.folder = folder
  }

  /** @returns false if somebody else has made the change of that number */
  claim(number: number, aside: string): Promise<boolean> {
    return this.#files.claim(aside, this.#pathOf(number))
  }

  async at(number: number): Promise<Change | undefined> {
    const path = this.#pathOf(number)
    const text = await this.#files.read(path)
    if (text === undefined) return undefined
    try {
      const { nonce, ...change } = JSON.parse(text) as WrittenChange
      return { place: { number, nonce }, ...change }
    } catch {
      throw damaged(path, 'cannot be read')
    }
  }

  async has({ number, nonce }: Place): Promise<boolean> {
    return (await this.at(number))?.place.nonce === nonce
  }

  /**
   * The changes after that number, up to the first that is not there.
   *
   * @param progress called while many are read
   */
  async after(number: number, progress?: () => void): Promise<Change[]> {
    const found: Change[] = []
    // One, then two, then four: mostly there is none.
    for (let width = 1; ; width = Math.min(2 * width, widestBatch)) {
      const next = number + found.length + 1
      const batch = await Promise.all(Array.from({ length: width }, (_, offset) => this.at(next + offset)))
      const missing = batch.indexOf(undefined)
      found.push(...(batch.slice(0, missing === -1 ? width : missing) as Change[]))
      if (missing !== -1) return found
      progress?.()
    }
  }

  numbers(): Promise<number[]> {
    return this.#files.numbersIn(this.folder)
  }

  settle(): Promise<void> {
    return this.#files.settle(this.folder)
  }

  remove(number: number): Promise<void> {
    return this.#files.remove(this.#pathOf(number))
  }

  /** The lowest first: while a change is there, all that came after it are. */
  async removeBefore(number: number): Promise<void> {
    for (const older of await this.numbers()) {
      if (older < number) await this.remove(older)
    }
  }

  #pathOf(number: number): string {
    return join(this.folder, String(number))
  }
}
