import type { FileHandle } from 'node:fs/promises'
import { Buffer } from '../../platform.ts'
import type { StoredRecord } from '../key-store.ts'
import type { History } from './history.ts'
import { damaged } from './private-files.ts'
import { historyIn, recordIn } from './snapshot-lines.ts'

const newline = 0x0a

/** In bytes. So much of a snapshot is parsed without a pause. */
const partLength = 128 * 1024

/** In bytes. Lines that are this close together are parsed rather than searched. */
const nearby = 16 * 1024

/** In bytes. Most lines are shorter. */
const usualLine = 4 * 1024

/** An open snapshot. It may have a million records, so they are read in parts, and a single one is found by binary search. */
export class Snapshot {
  /** In bytes. */
  readonly size: number
  readonly #file: FileHandle
  readonly #path: string
  /** Where the line of the first record begins. */
  #firstRecord = 0
  /** The bytes that were read last: a small snapshot is read once. */
  #window = { from: 0, bytes: Buffer.alloc(0) }

  private constructor(file: FileHandle, path: string, size: number) {
    this.#file = file
    this.#path = path
    this.size = size
  }

  /**
   * @param file is closed with the snapshot, or if this fails
   * @param number that its history must have
   */
  static async in(file: FileHandle, path: string, number: number): Promise<{ snapshot: Snapshot; history: History }> {
    try {
      const { size } = await file.stat()
      const snapshot = new Snapshot(file, path, size)
      const history = await snapshot.#readHistory()
      if (history.place.number !== number) throw snapshot.#damage
      return { snapshot, history }
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /**
   * Returns all records in parts, sorted by id.
   *
   * @throws Error if the snapshot is damaged
   */
  async *parts(): AsyncGenerator<StoredRecord[]> {
    let count = 0
    for (let from = this.#firstRecord; from < this.size;) {
      const lines = await this.#lines(from, partLength)
      from += lines.length + 1
      const read = this.#parsed(lines, (text) => text.split('\n').map((line) => recordIn(line)))
      // The last line of all has their number.
      if (from >= this.size && read.pop() !== count + read.length) throw this.#damage
      count += read.length
      yield read as StoredRecord[]
    }
  }

  /** @throws Error if the snapshot is damaged */
  async find(id: string): Promise<StoredRecord | undefined> {
    // The line of the record, if there is one, begins from `low` on and before `high`.
    let [low, high] = [this.#firstRecord, this.size]
    while (high - low > nearby) {
      const middle = Math.floor((low + high) / 2)
      const begin = middle + (await this.#lines(middle - 1, 0)).length
      const line = begin < high ? await this.#lines(begin, 0) : undefined
      const found = line && this.#parsed(line, recordIn)
      if (typeof found === 'object' && found.id === id) return found
      if (line !== undefined && typeof found === 'object' && found.id < id) low = begin + line.length + 1
      else high = middle
    }
    if (low >= high) return undefined
    const read = this.#parsed(await this.#lines(low, high - low - 1), (text) => text.split('\n').map(recordIn))
    return read.find((one): one is StoredRecord => typeof one === 'object' && one.id === id)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #readHistory(): Promise<History> {
    const line = await this.#lines(0, 0)
    this.#firstRecord = line.length + 1
    return this.#parsed(line, historyIn)
  }

  /** Returns the bytes from there up to the first newline after at least so many of them, or to the last newline of all. */
  async #lines(from: number, least: number): Promise<Buffer> {
    const enough = Math.min(least, Math.max(0, this.size - 1 - from))
    let bytes = await this.#bytes(from, enough + usualLine)
    for (;;) {
      const end = bytes.indexOf(newline, enough)
      if (end !== -1) return bytes.subarray(0, end)
      const further = await this.#bytes(from + bytes.length, bytes.length)
      if (further.length === 0) throw this.#damage
      bytes = Buffer.concat([bytes, further])
    }
  }

  async #bytes(from: number, length: number): Promise<Buffer> {
    const end = Math.min(from + length, this.size)
    const inWindow = from - this.#window.from
    if (inWindow < 0 || end > this.#window.from + this.#window.bytes.length) {
      const buffer = Buffer.allocUnsafe(end - from)
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, from)
      this.#window = { from, bytes: buffer.subarray(0, bytesRead) }
      return this.#window.bytes
    }
    return this.#window.bytes.subarray(inWindow, end - this.#window.from)
  }

  #parsed<T>(bytes: Buffer, parse: (text: string) => T): T {
    try {
      return parse(bytes.toString())
    } catch {
      throw this.#damage
    }
  }

  get #damage(): Error {
    return damaged(this.#path, 'cannot be read')
  }
}
