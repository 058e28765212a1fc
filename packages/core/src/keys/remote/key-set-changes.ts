import type { KeySet } from './key-set.ts'
import type { PublicKey } from './public-key.ts'

/** A key by what tells it from others: nothing of it is secret. */
export interface KeyIdentity {
  readonly kid: string | undefined
  readonly alg: string | undefined
  /** RFC 7638. */
  readonly thumbprint: string
}

/** What is different in a new set. A kid that got new material is changed, neither added nor removed. */
export interface KeySetChanges {
  readonly keyAdded: readonly KeyIdentity[]
  readonly keyRemoved: readonly KeyIdentity[]
  readonly keyChanged: readonly KeyIdentity[]
}

export function changesBetween(former: KeySet | undefined, current: KeySet): KeySetChanges {
  const added = current.keys.filter((key) => former?.has(key) !== true)
  const removed = former?.keys.filter((key) => !current.has(key)) ?? []
  const isChanged = (key: PublicKey): boolean => key.kid !== undefined && removed.some(({ kid }) => kid === key.kid)
  const changedKids = new Set(added.filter(isChanged).map(({ kid }) => kid))
  return {
    keyAdded: added.filter((key) => !isChanged(key)).map(identityOf),
    keyRemoved: removed.filter(({ kid }) => !changedKids.has(kid)).map(identityOf),
    keyChanged: added.filter(isChanged).map(identityOf),
  }
}

function identityOf({ kid, jwk, thumbprint }: PublicKey): KeyIdentity {
  return { kid, alg: jwk.alg, thumbprint }
}
