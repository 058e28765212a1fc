import type { VerificationKey } from './key-roles.ts'

/** Removes duplicate keys. The same material may be published under several kids, and with or without `alg`. */
export function distinctKeys<Key extends VerificationKey>(keys: readonly Key[]): readonly Key[] {
  if (keys.length < 2) return keys
  const distinct = new Map<string, Key>()
  for (const key of keys) if (!distinct.has(key.thumbprint)) distinct.set(key.thumbprint, key)
  return [...distinct.values()]
}
