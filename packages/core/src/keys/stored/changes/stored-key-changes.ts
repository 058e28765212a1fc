import { type Clock, momentOf } from '../../../clock.ts'
import { InvalidKeyError, KeyNotFoundError, KeyStoreUnavailableError } from '../../../errors.ts'
import { Gate } from '../../../gate.ts'
import type { KeyRef } from '../../key-ref.ts'
import { withRetention } from '../../local/ring/family.ts'
import { draftOf, type KeyDraft, type KeyPlan, planNext } from '../../local/key-plan.ts'
import type { RotationSettings } from '../../local/key-spec.ts'
import type { KeyVersion } from '../../local/ring/key-version.ts'
import type { Retention } from '../../local/ring/schedule.ts'
import { isSetAside, type ReadRecord, type RecordContent } from '../records/read-record.ts'
import { recordId } from '../records/record-id.ts'
import type { StoredFamily, UsableRecord } from '../stored-families.ts'
import type { StoredKeys } from '../stored-keys.ts'
import { retentionOfNext } from './retention-of-next.ts'

/** Each lost race means that another instance has written. A store that loses this many in a row is faulty. */
const mostAttempts = 100

/**
 * Changes keys in a store. Each change is one compare-and-set of one record. If another instance was faster, the change is
 * decided again from the current records. The changes of one instance run one after another.
 */
export class StoredKeyChanges {
  readonly #keys: StoredKeys
  readonly #clock: Clock
  readonly #longestUnaware: number
  readonly #turn = new Gate(1)

  /** @param longestUnaware for how long an instance may sign without knowing of a change, in milliseconds */
  constructor(keys: StoredKeys, clock: Clock, longestUnaware: number) {
    this.#keys = keys
    this.#clock = clock
    this.#longestUnaware = longestUnaware
  }

  /** Adds the first version of a key, or an imported version. */
  add(plan: KeyPlan): Promise<KeyRef> {
    const made = once(plan)
    return this.#decide(async () => {
      const family = this.#readable(plan.kid)
      const { version } = plan
      const comesBack = version !== undefined
      this.#keys.ring.checkNames(plan, { comesBack })
      if (comesBack && this.#keys.families.get(recordId(plan.kid, version)) !== undefined)
        throw new InvalidKeyError(`version: the key has a version ${version}, or had one that was destroyed`)
      const isNew = family.usable.every(({ content }) => content.key === undefined)
      return this.#write(made, version ?? family.latest + 1, () => (isNew ? [] : family.retention))
    })
  }

  /** Returns the newest version of a key. Creates it if there is none. */
  ensure(plan: KeyPlan): Promise<KeyRef> {
    const made = once(plan)
    return this.#decide(async () => {
      const newest = this.#keys.ring.versionsOf(plan.kid).at(-1)
      if (newest !== undefined) return described(newest)
      const { latest } = this.#readable(plan.kid)
      this.#keys.ring.checkNames(plan, { comesBack: false })
      return this.#write(made, latest + 1, () => [])
    })
  }

  rotate(kid: string, { activateAfter, retainFor, ifNewest, ...overrides }: RotationSettings): Promise<KeyRef> {
    return this.#decide(async () => {
      const newest = this.#keys.ring.newestOf(kid)
      const { latest, retention } = this.#readable(newest.kid, newest.version)
      if (ifNewest !== undefined && ifNewest !== newest.version) return described(newest)
      const plan = planNext(newest, { activateAfter, overrides })
      return this.#write(plan, latest + 1, (draft) =>
        retainFor === undefined
          ? retentionOfNext(retention, draft, this.#longestUnaware)
          : withRetention(retention, { since: draft.createdAt, retainFor }),
      )
    })
  }

  /** Returns true if there was a version. Newest first, so that no pending version becomes active in between. */
  async destroy(kid: string, version: number | undefined): Promise<boolean> {
    let found = false
    await this.#decide(async () => {
      const doomed = this.#doomed(kid, version).toSorted((a, b) => b.version - a.version)
      for (const record of doomed) {
        if (!(await this.#bury(record, this.#momentOfDeath(record), kid))) return undefined
        found = true
      }
      return found
    })
    return found
  }

  retain(kid: string, retainFor: number): Promise<boolean> {
    return this.#decide(async () => {
      const record = this.#keys.families.family(this.#keys.ring.newestOf(kid).kid).usable.at(-1)
      if (record === undefined) return true
      const retention = withRetention(record.content.retention, { since: this.#clock.now(), retainFor })
      if (retention === record.content.retention) return true
      const isWritten = await this.#rewrite(record, { retention })
      return isWritten ? true : undefined
    })
  }

  /** Writes each record that is encrypted with another key again. Returns the number of records. */
  async reencrypt(): Promise<number> {
    const done = new Set<string>()
    await this.#decide(async () => {
      const { families, encryptsWith } = this.#keys
      for (const record of families.records) {
        const { content, stored } = record
        if (isSetAside(content) || content.encryptedWith === encryptsWith || done.has(stored.id)) continue
        if (!(await this.#rewrite(record, {}))) return undefined
        done.add(stored.id)
      }
      return true
    })
    return done.size
  }

  /** Removes the secret of a destroyed version from the store. Its times stay. */
  async bury(record: UsableRecord, destroyedAt: number): Promise<void> {
    await this.#turn.pass(() => this.#bury(record, destroyedAt, record.content.kid))
  }

  /** @param decide returns undefined if a race was lost. It is then called again with the current records. */
  #decide<T>(decide: () => Promise<T | undefined>): Promise<T> {
    const { replica } = this.#keys
    const { failedReads } = replica
    return this.#turn.pass(async () => {
      // While this change waited for its turn, the ones before it found the store down.
      if (replica.lastError !== undefined && replica.failedReads > failedReads) throw replica.lastError
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        await replica.refreshInTime()
        const result = await decide()
        if (result !== undefined) return result
      }
      throw new KeyStoreUnavailableError('the store refuses every write, and does not show what is in the way')
    })
  }

  async #write(
    plan: KeyPlan,
    version: number,
    retentionOf: (draft: KeyDraft) => readonly Retention[],
  ): Promise<KeyRef | undefined> {
    const made = once(plan)
    // Can take seconds. The times in the draft count from its end.
    await made.make()
    const decidedAt = momentOf(this.#clock)
    const draft = await draftOf(made, version, this.#clock)
    const { kid } = plan
    const record = { draft, retention: retentionOf(draft) }
    if (!(await this.#keys.write({ kid, version, record, ifRevision: undefined, decidedAt }))) return undefined
    return this.#outcome(kid, version)
  }

  async #outcome(kid: string, version: number): Promise<KeyRef> {
    const { families } = this.#keys
    const record = families.get(recordId(kid, version))
    const clash = families.clash(kid)
    if (record !== undefined && clash !== undefined) {
      await this.#bury(record, this.#momentOfDeath(record), kid)
      throw new InvalidKeyError(`kid: ${clash}`)
    }
    const key = record === undefined || isSetAside(record.content) ? undefined : record.content.key
    if (key === undefined) throw new KeyNotFoundError('the key was destroyed meanwhile')
    return described(key)
  }

  /**
   * The records of a key that are to be destroyed: those that cannot be used too, and those of versions whose end has passed.
   * By the clocks of other instances, such a version may not have ended yet.
   */
  #doomed(kid: string, version: number | undefined): readonly ReadRecord[] {
    const { ring, families } = this.#keys
    const named = ring.namedBy(kid, version).map((key) => families.get(recordId(key.kid, key.version)))
    const { usable, setAside } = families.family(kid)
    const left = usable.filter(({ content }) => content.key !== undefined)
    const others = [...setAside, ...left].filter((record) => version === undefined || record.version === version)
    return [...new Set([...named.filter((record) => record !== undefined), ...others])]
  }

  /** The clocks that the other versions were made by may be ahead, and these versions are known at this moment. */
  #momentOfDeath({ family }: ReadRecord): number {
    const created = this.#keys.families.named(family).usable.map(({ content }) => content.term.createdAt)
    return Math.max(this.#clock.now(), ...created)
  }

  /** @param named the kid from the caller, for a record that cannot be read */
  #bury({ content, version, stored }: ReadRecord, destroyedAt: number, named: string): Promise<boolean> {
    const { kid, term, retention } = isSetAside(content) ? unknownContent(named, version, destroyedAt) : content
    const record = { term: { ...term, destroyedAt }, retention }
    return this.#keys.write({ kid, version, record, ifRevision: stored.revision, decidedAt: momentOf(this.#clock) })
  }

  async #rewrite(record: ReadRecord, change: { readonly retention?: readonly Retention[] }): Promise<boolean> {
    const { content, version, stored } = record
    if (isSetAside(content)) return false
    const decidedAt = momentOf(this.#clock)
    const whole = await this.#keys.recordIn(record)
    const { kid } = content
    return this.#keys.write({ kid, version, record: { ...whole, ...change }, ifRevision: stored.revision, decidedAt })
  }

  /** @throws KeyStoreUnavailableError if a record of the key, above the version, cannot be read */
  #readable(kid: string, above = 0): StoredFamily {
    const family = this.#keys.families.family(kid)
    if (family.setAside.every(({ version }) => version <= above)) return family
    throw new KeyStoreUnavailableError(
      'a record of the key cannot be read: see health(), and the option `encryptionKeys`',
    )
  }
}

/** Only the name of an unreadable record is known. It counts as a version that never signed. */
function unknownContent(kid: string, version: number, now: number): Pick<RecordContent, 'kid' | 'term' | 'retention'> {
  const term = { version, createdAt: now, activatesAt: now + 1, retiresAt: Infinity, destroyedAt: now }
  return { kid, term, retention: [] }
}

function described(key: KeyVersion): KeyRef {
  return key.describe({ includeSecret: false })
}

/** Generates the key once, even if its version number has to change. */
function once(plan: KeyPlan): KeyPlan {
  let made: ReturnType<KeyPlan['make']> | undefined
  return { ...plan, make: () => (made ??= plan.make()) }
}
