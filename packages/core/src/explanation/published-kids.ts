import type { JwksPublisher, VerificationKeys } from '../keys/key-roles.ts'

interface Telling extends Partial<JwksPublisher> {
  readonly health?: () => { readonly kids?: unknown }
}

/** Returns the kids of the keys that a provider has. Undefined if it does not tell: the interface does not require it. */
export async function publishedKids(keys: VerificationKeys): Promise<readonly string[] | undefined> {
  const provider = keys as VerificationKeys & Telling
  try {
    if (provider.publishedJwks === undefined) return texts(provider.health?.().kids)
    const { keys: jwks } = await provider.publishedJwks({ include: 'all' })
    return texts(jwks.map(({ kid }) => kid).filter((kid) => kid !== undefined))
  } catch {
    return undefined
  }
}

function texts(kids: unknown): readonly string[] | undefined {
  return Array.isArray(kids) ? kids.map(String) : undefined
}
