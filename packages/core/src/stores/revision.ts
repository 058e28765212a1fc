import { randomBytes } from '../platform.ts'

/**
 * A position in the history of a store: the number of changes, and a random part of the last one. A store that was restored
 * from a backup continues from an earlier number, but with different random parts.
 */
export interface Place {
  readonly number: number
  readonly nonce: string
}

export function drawNonce(): string {
  return randomBytes(6).toString('base64url')
}

/** Returns the revision of the last change at this position. */
export function revisionOf({ number, nonce }: Place): string {
  return `${number}-${nonce}`
}

/** Returns the position of a revision, or undefined if it comes from another kind of store. */
export function placeOf(revision: string | undefined): Place | undefined {
  const [, number, nonce] = /^(\d{1,15})-([\w-]+)$/.exec(revision ?? '') ?? []
  return number === undefined || nonce === undefined ? undefined : { number: Number(number), nonce }
}
