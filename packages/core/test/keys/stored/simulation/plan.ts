/** The configuration of a fleet. Durations are in milliseconds. */
export interface FleetPlan {
  readonly every: number
  readonly jwksMaxAge: number
  readonly verifierCache: number
  readonly tokenLifetime: number
  readonly staleIfError: number
  readonly tellsNews: boolean
}

const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** The defaults of the package, and the longest difference of clocks and delay of news that the contract allows. */
export const pollInterval = 5000
export const requestTimeout = 2000
export const clockSkew = 5000
export const newsBound = 1000
/** After an outage, reads are at most this far apart. */
export const longestBackOff = 30_000

const usual: FleetPlan = {
  every: day,
  jwksMaxAge: 5 * minute,
  verifierCache: hour,
  tokenLifetime: 10 * minute,
  staleIfError: hour,
  tellsNews: true,
}

/** A seed chooses one of them. */
export const plans: readonly FleetPlan[] = [
  usual,
  { ...usual, every: 16 * hour, jwksMaxAge: minute, verifierCache: 5 * minute, tokenLifetime: hour },
  { ...usual, tellsNews: false, verifierCache: 20 * minute, staleIfError: 20 * minute },
]

/** How long a verifier elsewhere may use a JWKS, from the moment at which an instance served it. */
export function cachedFor({ jwksMaxAge, verifierCache }: FleetPlan): number {
  return jwksMaxAge + verifierCache
}
