/** The limit of `retainFor`, in milliseconds. */
export const longestRetention: number = 30 * 24 * 60 * 60_000

export interface Announcement {
  /** How long the next version is known before it signs, in milliseconds. */
  readonly activateAfter: number
  /** For how long an instance may sign without knowing of it, in milliseconds. */
  readonly longestUnaware: number
}

/**
 * How long a version must stay after its retirement if tokens alone need `retainFor`. An instance that does not know of the next
 * version yet goes on signing with this one, and its tokens live as long as others.
 */
export function retainedForLateSigners(retainFor: number, { activateAfter, longestUnaware }: Announcement): number {
  const signsLate = Math.max(0, longestUnaware - activateAfter)
  return Math.max(retainFor, Math.min(retainFor + signsLate, longestRetention))
}
