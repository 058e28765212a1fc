/** How much is measured. The quick run measures the same things in less time. */
export interface Scale {
  /** Turns of each subject in process, and their length in milliseconds. Odd, so that the median is a sample. */
  readonly rounds: number
  readonly turn: number
  /**
   * Over HTTP: how often every server is restarted, because two processes that run the same code differ by up to a
   * tenth; and the turns after each start, which are short because a busy machine changes by the second. Both are odd.
   */
  readonly heats: number
  readonly loadRounds: number
  readonly loadTurn: number
  /** How long a server is under load before the measurement starts, in milliseconds. */
  readonly warmUp: number
  /** The number of tokens for "new each time": more than any cache here holds, so that no token is found in a cache. */
  readonly newTokens: number
  /** The number of distinct junk tokens that a verifier receives. */
  readonly junkTokens: number
  readonly junkKids: number
  /** The number of tokens in a turn in which each is verified for the first time. */
  readonly turnTokens: number
  /** How many tenants are visited in turn. The figures may grow linearly with this number, not faster. */
  readonly tenantCounts: readonly number[]
  /** The numbers of keys in a store. At least two. */
  readonly keyCounts: readonly number[]
  /** The numbers of revocations. At least two. */
  readonly revocationCounts: readonly number[]
  /** How long the traffic of instances is counted while nothing changes, in seconds. */
  readonly idleSeconds: number
}

export const scales: Readonly<Record<'full' | 'quick', Scale>> = {
  full: {
    rounds: 7,
    turn: 500,
    heats: 3,
    loadRounds: 5,
    loadTurn: 600,
    warmUp: 1500,
    newTokens: 40_000,
    junkTokens: 1_000_000,
    junkKids: 1_000_000,
    turnTokens: 4000,
    tenantCounts: [10, 1000, 10_000],
    keyCounts: [10, 100, 1000],
    revocationCounts: [10_000, 100_000, 1_000_000],
    idleSeconds: 60,
  },
  quick: {
    rounds: 3,
    turn: 40,
    heats: 1,
    loadRounds: 3,
    loadTurn: 200,
    warmUp: 500,
    newTokens: 12_000,
    junkTokens: 20_000,
    junkKids: 50_000,
    turnTokens: 1000,
    tenantCounts: [10, 1000],
    keyCounts: [10, 100],
    revocationCounts: [1000, 10_000],
    idleSeconds: 15,
  },
}
