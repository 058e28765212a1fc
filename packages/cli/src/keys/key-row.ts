import type { KeyRef } from '@bearerkit/core'
import { shown } from '../frame/shown.ts'
import { relativeTime, timestamp } from '../frame/time-words.ts'

/** One version of a key, for machines. Without a secret and without the public key. */
export interface KeyRow {
  readonly kid: string
  readonly version: number
  readonly publishedKid: string
  readonly alg: string
  readonly state: KeyRef['state']
  readonly fingerprint: string
  readonly createdAt: string
  readonly activatesAt: string | undefined
  readonly retiresAt: string | undefined
}

export function keyRow(key: KeyRef): KeyRow {
  const { kid, version, publishedKid, alg, state, fingerprint, createdAt, activatesAt, retiresAt } = key
  return {
    kid,
    version,
    publishedKid,
    alg,
    state,
    fingerprint,
    createdAt: createdAt.toISOString(),
    activatesAt: activatesAt?.toISOString(),
    retiresAt: retiresAt?.toISOString(),
  }
}

/** The cells of one version, for people: name, algorithm, state, and when the state changes. */
export function keyCells(key: KeyRow, now: number): readonly string[] {
  const created = `created ${timestamp(Date.parse(key.createdAt)) ?? key.createdAt}`
  return [shown(key.publishedKid, 60), shown(key.alg, 20), key.state, [created, ...changes(key, now)].join(', ')]
}

function changes({ state, activatesAt, retiresAt }: KeyRow, now: number): readonly string[] {
  const words = (time: string): string => relativeTime(Date.parse(time), now)
  if (state === 'pending' && activatesAt !== undefined) return [`signs ${words(activatesAt)}`]
  if (state === 'active' && retiresAt !== undefined) return [`stops signing ${words(retiresAt)}`]
  if (state === 'retired' && retiresAt !== undefined) return [`stopped signing ${words(retiresAt)}`]
  return []
}
