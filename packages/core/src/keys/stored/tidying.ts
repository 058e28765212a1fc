import type { Clock } from '../../clock.ts'
import { isNeeded, scheduleOf } from '../local/ring/schedule.ts'
import type { StoredFamilies, StoredFamily, UsableRecord } from './stored-families.ts'

/** What there is to tidy. */
export interface Untidy {
  /** Versions whose time is over, with the moment at which it was: their secrets leave the store. */
  readonly overdue: readonly { readonly record: UsableRecord; readonly destroyedAt: number }[]
  /** Records of destroyed versions that nothing depends on any more. */
  readonly needless: readonly UsableRecord[]
}

/**
 * For so long the record of a destroyed version stays, in milliseconds: an instance that was paused as it made that version
 * finds its place taken. The record of the highest version stays for ever, so that no number is given twice.
 */
const graveRest = 24 * 60 * 60_000

/** @param clockSkew nothing is removed before all instances see that its time is over */
export function untidyIn(families: StoredFamilies, clock: Clock, clockSkew: number): Untidy {
  const now = clock.now() - clockSkew
  // Where a record cannot be read, it is not known what depends on what.
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
