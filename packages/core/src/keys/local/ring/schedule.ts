/** The times that were laid down for a version when it was made, or when it was destroyed by hand. */
export interface Term {
  readonly version: number
  readonly createdAt: number
  /** Negative infinity: it was active from the start. */
  readonly activatesAt: number
  /** Infinity: it retires when a higher version starts. */
  readonly retiresAt: number
  /** Infinity: it goes when it has been retired for long enough. */
  readonly destroyedAt: number
}

/** How long versions stay after they retire, in milliseconds, for those that retire from `since` on. */
export interface Retention {
  readonly since: number
  readonly retainFor: number
}

/** When a version changes its state. */
export interface Schedule {
  readonly activatesAt: number
  /** When it takes over from lower versions. */
  readonly startsAt: number
  readonly retiresAt: number
  readonly destroysAt: number
}

/**
 * When each version of a key changes its state, by version. It follows from the terms of all versions, also of those that
 * are destroyed, and from nothing else: all instances of a service work out the same from the same records, whenever they
 * read them.
 *
 * - A version retires when a higher one starts, and stays retired if that one is destroyed later.
 * - When the active version is destroyed, the pending one that is due next starts at once: else nothing would sign until then.
 * - A version stays for as long after its retirement as the retention says that was in force then. Where none was, the first
 *   one that came later counts from when it came.
 */
export function scheduleOf(terms: readonly Term[], retention: readonly Retention[]): ReadonlyMap<number, Schedule> {
  const ascending = terms.toSorted((a, b) => a.version - b.version)
  const destructions = ascending.map(({ destroyedAt }) => destroyedAt).filter((moment) => moment < Infinity)
  const brought = new Map<number, number>()
  for (const moment of destructions.toSorted((a, b) => a - b)) {
    const version = successorAt(moment, ascending, brought)
    if (version !== undefined) brought.set(version, moment)
  }
  const schedules = retirements(ascending, brought).map(({ version, destroyedAt, ...moments }): [number, Schedule] => {
    const destroysAt = Math.min(destroyedAt, endOfRetention(moments.retiresAt, retention))
    return [version, { ...moments, destroysAt }]
  })
  return new Map(schedules)
}

/** Whether the schedule of the versions that are there would be another one without the term of a destroyed version. */
export function isNeeded(term: Term, terms: readonly Term[], retention: readonly Retention[]): boolean {
  const without = scheduleOf(
    terms.filter((other) => other !== term),
    retention,
  )
  const schedules = scheduleOf(terms, retention)
  return terms.some(({ version, destroyedAt }) => {
    if (destroyedAt < Infinity) return false
    return !isSame(schedules.get(version), without.get(version))
  })
}

function isSame(a: Schedule | undefined, b: Schedule | undefined): boolean {
  const moments = ['activatesAt', 'startsAt', 'retiresAt', 'destroysAt'] as const
  return moments.every((moment) => a?.[moment] === b?.[moment])
}

type Retirement = Omit<Schedule, 'destroysAt'> & Pick<Term, 'version' | 'destroyedAt'>

/** @param brought the versions that start ahead of their time, and when */
function retirements(ascending: readonly Term[], brought: ReadonlyMap<number, number>): Retirement[] {
  let nextStart = Infinity
  return ascending
    .toReversed()
    .map(({ version, createdAt, activatesAt, retiresAt, destroyedAt }) => {
      const broughtAt = brought.get(version)
      const startsAt = broughtAt ?? Math.max(activatesAt, createdAt)
      const retirement = {
        version,
        destroyedAt,
        // Once it has been brought forward it stays active, also when the clock is set back.
        activatesAt: broughtAt === undefined ? activatesAt : -Infinity,
        startsAt,
        retiresAt: Math.min(retiresAt, nextStart),
      }
      // A version that was destroyed before it started took over from nobody.
      if (destroyedAt >= startsAt) nextStart = Math.min(nextStart, startsAt)
      return retirement
    })
    .toReversed()
}

/** The pending version that starts when another one is destroyed: if none is active then, the one that is due next. */
function successorAt(
  moment: number,
  ascending: readonly Term[],
  brought: ReadonlyMap<number, number>,
): number | undefined {
  const known = ascending.filter(({ createdAt }) => createdAt <= moment)
  const left = retirements(known, brought).filter((one) => one.destroyedAt > moment && one.retiresAt > moment)
  if (left.some(({ activatesAt }) => activatesAt <= moment)) return undefined
  return left.toSorted((a, b) => a.startsAt - b.startsAt)[0]?.version
}

function endOfRetention(retiresAt: number, retention: readonly Retention[]): number {
  if (retiresAt === Infinity) return Infinity
  const inForce = retention.findLast(({ since }) => since <= retiresAt)
  const applied =
    inForce !== undefined && inForce.retainFor < Infinity
      ? inForce
      : retention.find(({ since, retainFor }) => since > retiresAt && retainFor < Infinity)
  return applied === undefined ? Infinity : Math.max(retiresAt, applied.since) + applied.retainFor
}
