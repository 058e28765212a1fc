import { randomBytes } from 'node:crypto'

/**
 * A place in the history of a store: how many changes there were, and a random part of the last one. A store that was
 * restored from a backup counts on from an earlier number, but does not draw the same random part again.
 */
export interface Place {
  readonly number: number
  readonly nonce: string
}

export function drawNonce(): string {
  return randomBytes(6).toString('base64url')
}

/** The revision of the change that led there. */
export function revisionOf({ number, nonce }: Place): string {
  return `${number}-${nonce}`
}

/** The place that a revision names; undefined for one that another kind of store has given out. */
export function placeOf(revision: string | undefined): Place | undefined {
  const [, number, nonce] = /^(\d{1,15})-([\w-]+)$/.exec(revision ?? '') ?? []
  return number === undefined || nonce === undefined ? undefined : { number: Number(number), nonce }
}
