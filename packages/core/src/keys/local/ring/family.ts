import { InvalidKeyError } from '../../../errors.ts'
import type { NamedKey } from './key-names.ts'
import type { KeyVersion } from './key-version.ts'
import { isNeeded, type Retention, scheduleOf, type Term } from './schedule.ts'

/** The versions of one kid, of which some may still be in the making. */
export interface Family extends NamedKey {
  keptName: string | undefined
  readonly versions: Map<number, KeyVersion>
  /** The terms of destroyed versions that the schedule of the others depends on. */
  destroyed: readonly Term[]
  /** The highest version number that was given. */
  latest: number
  /** In the order in which they came. Where there are none, versions stay. */
  retention: readonly Retention[]
}

/** What counts is the retention at which the oldest version retired; only a key that is told another one ever so often has more. */
const mostRetentions = 16

export function emptyFamily({ kid, keptName }: NamedKey, latest: number): Family {
  return { kid, keptName, latest, retention: [], destroyed: [], versions: new Map() }
}

export function ascending({ versions }: Pick<Family, 'versions'>): KeyVersion[] {
  return [...versions.values()].toSorted((a, b) => a.version - b.version)
}

/** How long versions that retire from now on stay, in milliseconds. */
export function retainForOf({ retention }: Pick<Family, 'retention'>): number {
  return retention.at(-1)?.retainFor ?? Infinity
}

/** The retention with one more, unless that is the same as before. */
export function withRetention(former: readonly Retention[], added: Retention): readonly Retention[] {
  const isNew = (former.at(-1)?.retainFor ?? Infinity) !== added.retainFor
  return isNew ? [...former, added].slice(-mostRetentions) : former
}

/** Lays down when each version changes its state. */
export function reschedule(family: Family): void {
  const schedules = scheduleOf(termsOf(family), family.retention)
  for (const key of family.versions.values()) {
    const schedule = schedules.get(key.version)
    if (schedule !== undefined) key.schedule(schedule)
  }
}

/** Notes that versions are gone, for as long as the others depend on it. */
export function noteDestroyed(family: Family, terms: readonly Term[]): void {
  family.destroyed = [...family.destroyed, ...terms]
  family.destroyed = family.destroyed.filter((term) => isNeeded(term, termsOf(family), family.retention))
}

function termsOf(family: Family): Term[] {
  return [...[...family.versions.values()].map(({ term }) => term), ...family.destroyed]
}

/** @throws InvalidKeyError if the family has or had that version */
export function checkIsFree({ versions, destroyed }: Family, version: number): void {
  if (!versions.has(version) && !destroyed.some((term) => term.version === version)) return
  throw new InvalidKeyError(`version: the key has a version ${version}, or had one that was destroyed`)
}
