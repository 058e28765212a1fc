import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../../src/clock.ts'
import { FileStore } from '../../../src/stores/file-store.ts'
import { Journal } from '../../../src/stores/file/journal.ts'
import { type FileSystem, PrivateFiles } from '../../../src/stores/file/private-files.ts'
import { closeAbandoned, quickFiles } from './faulty-files.ts'
import { quickTemporary } from '../../support/temporary.ts'
import type { StoreWrite } from '../../../src/stores/key-store.ts'

const folders: string[] = []

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(quickTemporary, 'bearerkit-'))
  folders.push(folder)
  return join(folder, 'store')
}

/** For `afterEach`. */
export async function removeFolders(): Promise<void> {
  await closeAbandoned()
  // A store may still take a snapshot behind its last write, hence the retries.
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 10 })))
}

/** A store in a folder, as one process has it. */
export class Process {
  readonly store: FileStore
  readonly #journal: Journal

  constructor(folder: string, files: FileSystem = quickFiles) {
    this.store = new FileStore(folder, systemClock, files)
    this.#journal = new Journal(new PrivateFiles(files, join(folder, 'aside')), folder)
  }

  read(since?: string): ReturnType<FileStore['read']> {
    return this.store.read({ since, signal: AbortSignal.timeout(10_000) })
  }

  write(change: StoreWrite): Promise<string | undefined> {
    return this.store.write(change, { signal: AbortSignal.timeout(10_000), within: 10_000 })
  }

  /** What the record holds, and its revision. */
  async find(id: string): Promise<{ value?: string; revision?: string }> {
    return (await this.read()).records.find((record) => record.id === id) ?? {}
  }

  /** Replaces the record, or makes it. */
  async set(id: string, value: string): Promise<string | undefined> {
    return this.write({ id, value, ifRevision: (await this.find(id)).revision })
  }

  async remove(id: string): Promise<string | undefined> {
    return this.write({ id, value: undefined, ifRevision: String((await this.find(id)).revision) })
  }

  /** Takes a snapshot, which otherwise happens behind the writes. */
  compact(): Promise<void> {
    return this.#journal.compact(Date.now())
  }
}
