/** How much is measured. The quick run asks the same questions, with less patience. */
export interface Scale {
  /** How often everyone has a turn, and for how many milliseconds: in this process. Odd, so that the median is a sample. */
  readonly rounds: number
  readonly turn: number
  /**
   * Over HTTP: how often every server is started anew, for two processes that run the same code differ by up to a tenth;
   * and its turns each time, short ones, for a busy machine changes by the second. Odd, both of them.
   */
  readonly heats: number
  readonly loadRounds: number
  readonly loadTurn: number
  /** How long a server is under load before it counts, in milliseconds. */
  readonly warmUp: number
  /** How many tokens stand for "new each time": more than any cache here holds, so that going round meets none again. */
  readonly newTokens: number
  /** How many distinct tokens of no worth are thrown at a verifier. */
  readonly junkTokens: number
  readonly junkKids: number
  /** How many tokens make a turn where each is verified for the first time. */
  readonly turnTokens: number
  /** How many tenants are visited in turn: the figures are to grow with their number and no faster. */
  readonly tenantCounts: readonly number[]
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
  },
}
