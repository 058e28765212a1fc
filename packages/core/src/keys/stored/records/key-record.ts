import { Buffer, createPrivateKey, createPublicKey, hash } from '../../../platform.ts'
import type { RawKey } from '../../local/material/key-material.ts'
import type { KeyDraft } from '../../local/key-plan.ts'
import { rowFor } from '../../local/material/key-fitness.ts'
import { readKeySpec } from '../../local/key-spec.ts'
import type { Retention, Term } from '../../local/ring/schedule.ts'
import { parsed, UnreadableRecord } from './sealed-record.ts'

/** The stored form of one version: the key and its times, or only its times after it was destroyed. */
export type KeyRecord = LivingRecord | Tombstone

export interface LivingRecord {
  readonly draft: KeyDraft
  /** Of the newest version it holds for the whole key. */
  readonly retention: readonly Retention[]
}

/** Reserves the number of a destroyed version, and keeps the times that the states of other versions depend on. */
export interface Tombstone {
  readonly term: Term
  readonly retention: readonly Retention[]
}

/** The payload of a record, as JSON. Infinite times are left out, because JSON cannot express them. */
interface Payload {
  readonly createdAt: number
  readonly activatesAt?: number | undefined
  readonly retiresAt?: number | undefined
  readonly destroyedAt?: number | undefined
  /** Pairs of `since` and `retainFor`; null: for ever. */
  readonly retention: readonly (readonly [number, number | null])[]
  readonly key?: StoredKey | undefined
}

interface StoredKey {
  readonly publishedKid?: string | undefined
  readonly spec: KeyDraft['spec']
  readonly uses: KeyDraft['uses']
  /** base64url. */
  readonly secret?: string | undefined
  readonly spki?: string | undefined
  readonly pkcs8?: string | undefined
  readonly curve?: string | undefined
}

export function isTombstone(record: KeyRecord): record is Tombstone {
  return 'term' in record
}

export function payloadOf(record: KeyRecord): string {
  return JSON.stringify(isTombstone(record) ? tombstonePayload(record) : livingPayload(record))
}

function livingPayload({ draft, retention }: LivingRecord): Payload {
  const { createdAt, activatesAt, retiresAt, publishedKid, spec, uses, raw } = draft
  return {
    createdAt,
    activatesAt,
    retiresAt,
    retention: pairsOf(retention),
    key: { publishedKid, spec, uses, ...storedMaterial(raw) },
  }
}

function tombstonePayload({ term, retention }: Tombstone): Payload {
  const { createdAt, activatesAt, retiresAt, destroyedAt } = term
  return {
    createdAt,
    activatesAt: finite(activatesAt),
    retiresAt: finite(retiresAt),
    destroyedAt,
    retention: pairsOf(retention),
  }
}

function storedMaterial(raw: RawKey): Partial<StoredKey> {
  if ('secret' in raw) return { secret: Buffer.from(raw.secret).toString('base64url') }
  const { publicKey, privateKey, curve } = raw
  return {
    spki: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
    pkcs8: privateKey?.export({ type: 'pkcs8', format: 'der' }).toString('base64url'),
    curve,
  }
}

/** @throws UnreadableRecord, also if this version of Node does not support the algorithm */
export function recordIn(payload: string, kid: string, version: number): KeyRecord {
  const { createdAt, activatesAt, retiresAt, destroyedAt, retention, key } = parsed(payload) as unknown as Payload
  const pairs = retention.map(([since, retainFor]) => ({ since, retainFor: retainFor ?? Infinity }))
  if (key !== undefined)
    return { draft: draftIn(key, { kid, version, createdAt, activatesAt, retiresAt }), retention: pairs }
  const term = {
    version,
    createdAt,
    activatesAt: activatesAt ?? -Infinity,
    retiresAt: retiresAt ?? Infinity,
    destroyedAt: destroyedAt ?? createdAt,
  }
  return { term, retention: pairs }
}

type Times = Pick<KeyDraft, 'kid' | 'version' | 'createdAt' | 'activatesAt' | 'retiresAt'>

function draftIn({ publishedKid, spec, uses, ...material }: StoredKey, times: Times): KeyDraft {
  try {
    // A public key for ECDH-ES has no use of its own, and a specification must name one.
    const { uses: specified, ...others } = spec
    const read = readKeySpec(others)
    const raw = rawKeyIn(material)
    const curve = 'secret' in raw ? undefined : raw.curve
    const row = rowFor({ ...read, curve: read.curve ?? curve })
    return { ...times, publishedKid, spec: { ...read, uses: specified }, uses, row, raw }
  } catch {
    throw new UnreadableRecord('its key cannot be used on this version of Node, or of this package')
  }
}

function rawKeyIn({ secret, spki, pkcs8, curve }: Omit<StoredKey, 'spec' | 'uses'>): RawKey {
  if (secret !== undefined) return { secret: Buffer.from(secret, 'base64url') }
  const der = (form: string): Buffer => Buffer.from(form, 'base64url')
  return {
    publicKey: createPublicKey({ key: der(String(spki)), format: 'der', type: 'spki' }),
    privateKey: pkcs8 === undefined ? undefined : createPrivateKey({ key: der(pkcs8), format: 'der', type: 'pkcs8' }),
    curve,
  }
}

/** Equal for records with the same key and the same times. A digest, so no secret is kept for the comparison. */
export function identityOf({ draft }: LivingRecord): string {
  const payload = payloadOf({ draft, retention: [] })
  return hash('sha256', JSON.stringify([draft.kid, draft.version, payload]), 'base64url')
}

export function termOf(record: KeyRecord): Term {
  if (isTombstone(record)) return record.term
  const { version, createdAt, activatesAt = -Infinity, retiresAt = Infinity } = record.draft
  return { version, createdAt, activatesAt, retiresAt, destroyedAt: Infinity }
}

function pairsOf(retention: readonly Retention[]): Payload['retention'] {
  return retention.map(({ since, retainFor }) => [since, retainFor < Infinity ? retainFor : null])
}

function finite(moment: number): number | undefined {
  return Number.isFinite(moment) ? moment : undefined
}
