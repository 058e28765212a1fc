import type { KeySet } from './key-set.ts'
import type { PublicKey } from './public-key.ts'

/** Identifies a key. Contains nothing secret. */
export interface KeyIdentity {
  readonly kid: string | undefined
  readonly alg: string | undefined
  /** The RFC 7638 thumbprint. */
  readonly thumbprint: string
}

/** The differences in a new set. A kid with new material is changed, neither added nor removed. */
export interface KeySetChanges {
  readonly keyAdded: readonly KeyIdentity[]
  readonly keyRemoved: readonly KeyIdentity[]
  readonly keyChanged: readonly KeyIdentity[]
}

export function changesBetween(former: KeySet | undefined, current: KeySet): KeySetChanges {
  const before = former?.keys.map(identityOf) ?? []
  const now = current.keys.map(identityOf)
  const added = now.filter((key) => !before.some((other) => isSame(key, other)))
  const removed = before.filter((key) => !now.some((other) => isSame(key, other)))
  const isChanged = ({ kid }: KeyIdentity): boolean => kid !== undefined && removed.some((other) => other.kid === kid)
  const changedKids = new Set(added.filter(isChanged).map(({ kid }) => kid))
  return {
    keyAdded: added.filter((key) => !isChanged(key)),
    keyRemoved: removed.filter(({ kid }) => !changedKids.has(kid)),
    keyChanged: added.filter(isChanged),
  }
}

/** Compares kid and material: a key of which only other members have changed is the same key. */
function isSame(key: KeyIdentity, other: KeyIdentity): boolean {
  return key.kid === other.kid && key.thumbprint === other.thumbprint
}

function identityOf({ kid, jwk, thumbprint }: PublicKey): KeyIdentity {
  return { kid, alg: jwk.alg, thumbprint }
}
