import type { JwksPublisher, VerificationKeys } from '../keys/key-roles.ts'
import type { KeySourceHealth } from '../keys/remote/sets/held-key-set.ts'

/** What a key provider tells about itself. The interface does not require it. */
interface Telling extends Partial<JwksPublisher> {
  readonly health?: () => Partial<Pick<KeySourceHealth, 'kids' | 'clockAhead'>>
}

/** What is known about the keys of an issuer. */
export interface IssuerKeys {
  /** The kids that it publishes. */
  readonly kids: readonly string[] | undefined
  /** How far the clock of this machine is ahead of the issuer's, in seconds. */
  readonly clockAhead: number | undefined
}

export async function issuerKeys(keys: VerificationKeys): Promise<IssuerKeys> {
  const provider = keys as VerificationKeys & Telling
  const { kids, clockAhead } = attempt(() => provider.health?.()) ?? {}
  return { kids: kids ?? (await publishedKids(provider)), clockAhead }
}

async function publishedKids(provider: Telling): Promise<readonly string[] | undefined> {
  const jwks = await attempt(() => provider.publishedJwks?.({ include: 'all' }))?.catch(() => undefined)
  return jwks?.keys.map(({ kid }) => kid).filter((kid) => kid !== undefined)
}

/** A function of the application may throw. */
export function attempt<T>(tell: () => T): T | undefined {
  try {
    return tell()
  } catch {
    return undefined
  }
}
