import { join } from '../../platform.ts'
import type { StoredRecord } from '../key-store.ts'
import { drawNonce, type Place } from '../revision.ts'
import { ChangeFiles, type WrittenChange } from './change-files.ts'
import { type Change, contains, continued, type History } from './history.ts'
import { damaged, type PrivateFiles } from './private-files.ts'
import { SnapshotFiles } from './snapshot-files.ts'
import type { Snapshot } from './snapshot.ts'
import { lastingRecords, type State } from './state.ts'

/** What a history goes on from: a snapshot, or the birth of the store. */
interface Start {
  readonly history: History
  readonly snapshot: Snapshot | undefined
  /** Whether it is still there. If so, all changes that came after it are. */
  readonly isThere: () => Promise<boolean>
}

/**
 * The history of a store: numbered changes, and snapshots that take the place of older changes.
 *
 * The next change is the file with the next number. A file gets its name when it is complete, and of all processes that try
 * to give one the same name, one succeeds. So the changes are in one order for all, and nothing is ever locked: wherever a
 * process is killed or suspended, the others go on.
 */
export class Journal {
  readonly #files: PrivateFiles
  readonly #changes: ChangeFiles
  readonly #snapshots: SnapshotFiles

  constructor(files: PrivateFiles, folder: string) {
    this.#files = files
    this.#changes = new ChangeFiles(files, join(folder, 'changes'))
    this.#snapshots = new SnapshotFiles(files, join(folder, 'snapshots'))
  }

  /** Where a file appears with every change. */
  get watchedFolder(): string {
    return this.#changes.folder
  }

  prepare(): Promise<void> {
    return this.#files.prepare([this.#changes.folder, this.#snapshots.folder])
  }

  /**
   * Hands what the store contains to `use`, until that has settled.
   *
   * @param progress called while much is read
   */
  async withState<T>(use: (state: State) => Promise<T>, progress?: () => void): Promise<T> {
    for (;;) {
      const start = await this.#start()
      if (start === undefined) continue
      try {
        const state = await this.#stateFrom(start, progress)
        if (state !== undefined) return await use(state)
      } finally {
        await start.snapshot?.close()
      }
    }
  }

  /** What has happened since; undefined if that cannot be told: it is too long ago, or never was. */
  async changesSince(place: Place, progress?: () => void): Promise<Change[] | undefined> {
    const changes = await this.#changes.after(place.number, progress)
    return (await this.#changes.has(place)) ? changes : undefined
  }

  /** The number of the latest snapshot; 0 if there is none. */
  latestSnapshot(): Promise<number> {
    return this.#snapshots.latest()
  }

  /** Finds a record in a snapshot. Undefined if the snapshot was removed, because there is a later one. */
  async lookUp(snapshot: number, id: string): Promise<{ readonly record: StoredRecord | undefined } | undefined> {
    const opened = await this.#snapshots.open(snapshot)
    if (opened === undefined) return undefined
    try {
      return { record: await opened.snapshot.find(id) }
    } finally {
      await opened.snapshot.close()
    }
  }

  /**
   * Adds a change after the one in this place, if that is the last one.
   *
   * @param aside the file with the change
   * @param nonce of the change
   * @throws Error if it cannot be found out whether the change was added
   */
  async append(place: Place, aside: string, nonce: string): Promise<boolean> {
    const added = { number: place.number + 1, nonce }
    if (!(await this.#changes.claim(added.number, aside))) return false
    // A process that was suspended may find the number free because a snapshot has taken the place of the file. Then the
    // file before it is gone too: the lowest are removed first.
    const isAdded = (await this.#changes.has(place)) || (await this.#hasHappened(added))
    if (isAdded) await this.#changes.settle()
    else await this.#changes.remove(added.number)
    return isAdded
  }

  /** Writes a snapshot and removes what it replaces, so that no former secret stays on the disk. */
  async compact(now: number): Promise<void> {
    const isNew = await this.withState(async (state) => {
      if (state.changes.length === 0) return false
      await this.#snapshots.add(state.history, lastingRecords(state, now))
      return true
    })
    if (!isNew) return
    const latest = await this.#snapshots.latest()
    // The snapshots first: whoever has begun with one finds it gone before any change is.
    await this.#snapshots.removeBefore(latest)
    await this.#changes.removeBefore(latest)
    await this.#files.removeLeftovers()
  }

  /** Undefined if others have changed what there is: look again. */
  async #start(): Promise<Start | undefined> {
    const number = await this.#snapshots.latest()
    if (number > 0) {
      const opened = await this.#snapshots.open(number)
      return opened && { ...opened, isThere: () => this.#snapshots.has(number) }
    }
    const birth = await this.#changes.at(0)
    if (birth === undefined) return this.#beBorn()
    const { place } = birth
    const history = { place, lineage: [place.nonce] }
    return { history, snapshot: undefined, isThere: () => this.#changes.has(place) }
  }

  /** Undefined if others have changed what there is. */
  async #stateFrom({ history, snapshot, isThere }: Start, progress?: () => void): Promise<State | undefined> {
    const changes = await this.#changes.after(history.place.number, progress)
    const whole = continued(history, changes)
    const gap = await this.#gapAfter(whole.place.number)
    if (!(await isThere())) return undefined
    if (gap !== undefined) throw damaged(join(this.#changes.folder, String(gap)), 'is missing')
    return { history: whole, snapshot, since: history.place.number, changes }
  }

  /**
   * Change 0 makes the store, and no record. A process that was suspended may make it when others are long past it and have
   * removed theirs: nobody reads it then, for there is a snapshot.
   */
  async #beBorn(): Promise<undefined> {
    const [first] = await this.#changes.numbers()
    const isYoung = first === undefined || first === 0
    if (!isYoung && (await this.#snapshots.latest()) === 0)
      throw damaged(join(this.#changes.folder, '0'), 'is missing, and there is no snapshot')
    await this.#files.writingAside(JSON.stringify({ nonce: drawNonce() } satisfies Partial<WrittenChange>), (aside) =>
      this.#changes.claim(0, aside),
    )
    await this.#changes.settle()
  }

  /** The number of a change that is not there, although a later one is. */
  async #gapAfter(number: number): Promise<number | undefined> {
    const next = number + 1
    const last = (await this.#changes.numbers()).at(-1) ?? 0
    // Changes are added all the time: the next one may be there by now.
    return last > number && (await this.#changes.at(next)) === undefined ? next : undefined
  }

  async #hasHappened(place: Place): Promise<boolean> {
    const isPart = await this.withState(async ({ history }) => contains(history, place))
    if (isPart === undefined) throw new Error(`whether change ${place.number} was made is not known`)
    return isPart
  }
}
