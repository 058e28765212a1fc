import type { Clock } from '../../../clock.ts'
import { isNeeded, scheduleOf } from '../../local/ring/schedule.ts'
import type { StoredFamilies, StoredFamily, UsableRecord } from '../stored-families.ts'

/** Records to be cleaned up. */
export interface Untidy {
  /** Versions that are past their end, and when that was. Their secrets are removed from the store. */
  readonly overdue: readonly { readonly record: UsableRecord; readonly destroyedAt: number }[]
  /** Records of destroyed versions that no other record depends on. */
  readonly needless: readonly UsableRecord[]
}

/**
 * How long the record of a destroyed version is kept, in milliseconds. An instance that was paused while it created that
 * version then finds the number in use. The record of the highest version is kept for ever, so no number is used twice.
 */
const graveRest = 24 * 60 * 60_000

/** @param clockSkew a version is removed only once it has ended by the clocks of all instances */
export function untidyIn(families: StoredFamilies, clock: Clock, clockSkew: number): Untidy {
  const now = clock.now() - clockSkew
  // If a record of a key cannot be read, its dependencies are unknown.
  const known = families.all().filter(({ setAside }) => setAside.length === 0)
  return {
    overdue: known.flatMap((family) => overdueIn(family, now)),
    needless: known.flatMap((family) => needlessIn(family, now)),
  }
}

function overdueIn({ usable, retention }: StoredFamily, now: number): Untidy['overdue'] {
  const schedules = scheduleOf(
    usable.map(({ content }) => content.term),
    retention,
  )
  return usable.flatMap((record) => {
    const destroyedAt = schedules.get(record.version)?.destroysAt ?? Infinity
    return record.content.key !== undefined && destroyedAt <= now ? [{ record, destroyedAt }] : []
  })
}

function needlessIn({ usable, retention, latest }: StoredFamily, now: number): UsableRecord[] {
  const terms = usable.map(({ content }) => content.term)
  return usable.filter(({ version, content: { key, term } }) => {
    const isOver = key === undefined && version < latest && term.destroyedAt + graveRest <= now
    return isOver && !isNeeded(term, terms, retention)
  })
}
