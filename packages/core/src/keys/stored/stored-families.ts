import { InvalidKeyError } from '../../errors.ts'
import { Gate } from '../../gate.ts'
import { nextTurn } from '../../platform.ts'
import type { RecordNote } from '../../replication/replica-events.ts'
import type { StoredRecord } from '../../stores/key-store.ts'
import type { KeyRing } from '../local/ring/key-ring.ts'
import type { KeyVersion } from '../local/ring/key-version.ts'
import type { Retention } from '../local/ring/schedule.ts'
import { changesBetween, inParts, joined, type RecordChanges, type RecordsOfKeys } from './record-changes.ts'
import { isSetAside, type ReadRecord, type RecordContent, type RecordReader } from './records/read-record.ts'
import { familyName } from './records/record-id.ts'

/** The records of one key. */
export interface StoredFamily {
  /** The highest version number ever used. */
  readonly latest: number
  readonly usable: readonly UsableRecord[]
  readonly setAside: readonly ReadRecord[]
  readonly retention: readonly Retention[]
}

export type UsableRecord = ReadRecord & { readonly content: RecordContent }

/** How many records are read, and how many keys arranged, before the event loop turns: work that blocks it for milliseconds. */
const atATime = { records: 4, keys: 50 }

const nothing: StoredFamily = { latest: 0, usable: [], setAside: [], retention: [] }

/** The records of a store, and the key ring built from them. */
export class StoredFamilies {
  readonly #reader: RecordReader
  readonly #ring: KeyRing
  readonly #records = new Map<string, ReadRecord>()
  readonly #byFamily = new Map<string, Set<string>>()
  /** The kid of each key that is or was in the ring. */
  readonly #kids = new Map<string, string>()
  /** Keys whose name clashes with the name of an older one. */
  readonly #clashing = new Map<string, string>()
  readonly #setAside = new Map<string, RecordNote>()
  readonly #reading = new Gate(atATime.records)

  constructor(reader: RecordReader, ring: KeyRing) {
    this.#reader = reader
    this.#ring = ring
  }

  /** The records of keys, including those that were set aside. */
  get records(): readonly ReadRecord[] {
    return [...this.#records.values()]
  }

  get(id: string): ReadRecord | undefined {
    return this.#records.get(id)
  }

  get setAside(): readonly RecordNote[] {
    return [...this.#setAside.values()]
  }

  /** Why a key is not in the ring, if its name clashes with the name of another one. */
  clash(kid: string): string | undefined {
    return this.#clashing.get(familyName(kid))
  }

  /** The records of each key. */
  all(): StoredFamily[] {
    return [...this.#byFamily.keys()].map((name) => this.named(name))
  }

  family(kid: string): StoredFamily {
    return this.named(familyName(kid))
  }

  /** Applies changes. No reader sees a part of the changes of one key. */
  async update(records: readonly StoredRecord[], removed: readonly string[]): Promise<RecordChanges> {
    const found = await Promise.all(records.map((record) => this.#reading.pass(() => this.#read(record))))
    const read = found.filter((record) => record !== undefined)
    const changes: RecordChanges[] = []
    for (const part of inParts({ read, removed }, atATime.keys, (id) => this.#records.get(id)?.family ?? '')) {
      if (changes.length > 0) await nextTurn()
      changes.push(this.#apply(part))
    }
    return joined(changes)
  }

  #apply({ read, removed }: RecordsOfKeys): RecordChanges {
    const before = this.#keysOf(read, removed)
    const touched = new Set<string>()
    for (const id of removed) touched.add(this.#forget(id))
    for (const record of read) touched.add(this.#hold(record))
    const concerned = new Set([...touched, ...this.#clashing.keys()])
    this.#arrange(touched)
    for (const family of this.#clashing.keys()) concerned.add(family)
    const setAside = [...concerned].flatMap((family) => this.#noteSetAside(family))
    return { ...changesBetween(before, this.#keysOf(read, removed)), setAside }
  }

  #read(record: StoredRecord): Promise<ReadRecord | undefined> {
    return this.#reader.read(record, this.#records.get(record.id))
  }

  /** Notes which records of a key cannot be used. Returns the notes that are new. */
  #noteSetAside(family: string): RecordNote[] {
    return [...(this.#byFamily.get(family) ?? [])].flatMap((id) => {
      const content = this.#records.get(id)?.content
      const reason = content !== undefined && isSetAside(content) ? content.reason : this.#clashing.get(family)
      const isNew = this.#setAside.get(id)?.reason !== reason
      if (reason === undefined) this.#setAside.delete(id)
      else if (isNew) this.#setAside.set(id, { id, reason })
      return isNew && reason !== undefined ? { id, reason } : []
    })
  }

  /** The versions in the ring under the ids. */
  #keysOf(read: readonly ReadRecord[], removed: readonly string[]): Map<string, KeyVersion> {
    const ids = [...removed, ...read.map(({ stored }) => stored.id)]
    const inRing = ids.flatMap((id): [string, KeyVersion][] => {
      const content = this.#records.get(id)?.content
      const key = content === undefined || isSetAside(content) ? undefined : content.key
      return key !== undefined && this.#ring.named(key.publishedKid) === key ? [[id, key]] : []
    })
    return new Map(inRing)
  }

  #forget(id: string): string {
    const family = this.#records.get(id)?.family ?? ''
    this.#records.delete(id)
    this.#setAside.delete(id)
    this.#byFamily.get(family)?.delete(id)
    return family
  }

  #hold(record: ReadRecord): string {
    const { family, stored } = record
    this.#records.set(stored.id, record)
    this.#byFamily.set(family, (this.#byFamily.get(family) ?? new Set()).add(stored.id))
    return family
  }

  #arrange(touched: ReadonlySet<string>): void {
    const clashes = this.#clashing.size > 0 || [...touched].some((family) => !this.#arrangeOne(family))
    if (clashes) this.#arrangeAll()
  }

  /** If names clash, the older key keeps its name: on every instance, whatever the order in which it reads the records. */
  #arrangeAll(): void {
    this.#clashing.clear()
    for (const kid of this.#kids.values()) this.#ring.withdraw(kid)
    const inOrder = [...this.#byFamily.keys()].toSorted(
      (a, b) => this.#firstCreated(a) - this.#firstCreated(b) || (a < b ? -1 : 1),
    )
    for (const family of inOrder) {
      if (!this.#arrangeOne(family)) this.#clashing.set(family, 'its name clashes with the name of an older key')
    }
  }

  #arrangeOne(name: string): boolean {
    const family = this.named(name)
    const contents = family.usable.map(({ content }) => content)
    // A key without any readable record leaves the ring.
    const kid = contents[0]?.kid ?? this.#kids.get(name)
    if (kid === undefined) return true
    this.#kids.set(name, kid)
    if (this.#byFamily.get(name)?.size === 0) this.#drop(name)
    try {
      this.#ring.arrange({
        kid,
        keptName: contents.find(({ publishedKid, key }) => key !== undefined && publishedKid !== undefined)
          ?.publishedKid,
        versions: new Map(contents.flatMap(({ key }) => (key === undefined ? [] : [[key.version, key] as const]))),
        destroyed: contents.flatMap(({ key, term }) => (key === undefined ? term : [])),
        latest: family.latest,
        retention: family.retention,
      })
      return true
    } catch (error) {
      if (error instanceof InvalidKeyError) return false
      throw error
    }
  }

  #drop(name: string): void {
    this.#byFamily.delete(name)
    this.#kids.delete(name)
  }

  /** @param name see {@link familyName} */
  named(name: string): StoredFamily {
    const ids = this.#byFamily.get(name)
    if (ids === undefined || ids.size === 0) return nothing
    const records = [...ids].flatMap((id) => this.#records.get(id) ?? []).toSorted((a, b) => a.version - b.version)
    const usable = records.filter(isUsable)
    return {
      latest: records.at(-1)?.version ?? 0,
      usable,
      setAside: records.filter(({ content }) => isSetAside(content)),
      retention: usable.at(-1)?.content.retention ?? [],
    }
  }

  #firstCreated(family: string): number {
    return Math.min(...this.named(family).usable.map(({ content }) => content.term.createdAt))
  }
}

function isUsable(record: ReadRecord): record is UsableRecord {
  return !isSetAside(record.content)
}
