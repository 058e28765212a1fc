import { createHash, createPublicKey } from 'node:crypto'
import { compactDecrypt } from 'jose'
import type { Instance } from '../instance.ts'
import { clockSkew, type FleetPlan } from '../plan.ts'
import { kid } from '../service-process.ts'
import type { MadeWrite } from '../world/simulated-store.ts'
import type { VirtualTime } from '../world/virtual-time.ts'

/** A version that the store has, or had. Moments are in true time, except those that its record contains. */
export class LedgerVersion {
  readonly number: number
  readonly thumbprint: string
  readonly createdAt: number
  readonly activatesAt: number | undefined
  readonly madeAt: number
  readonly by: Instance
  /** False if it may sign without having been announced for as long as caches last. */
  isAnnounced: boolean
  isCheckedWhenSigning = false
  /** Since when its tokens may be refused. */
  doomedAt: number | undefined
  /** Since when the store does not have it any longer. */
  goneAt: number | undefined

  constructor(parts: Pick<LedgerVersion, 'number' | 'thumbprint' | 'createdAt' | 'activatesAt' | 'madeAt' | 'by'>) {
    this.number = parts.number
    this.thumbprint = parts.thumbprint
    this.createdAt = parts.createdAt
    this.activatesAt = parts.activatesAt
    this.madeAt = parts.madeAt
    this.by = parts.by
    this.isAnnounced = parts.activatesAt !== undefined
  }

  get isGood(): boolean {
    return this.doomedAt === undefined && this.goneAt === undefined
  }
}

interface Payload {
  readonly createdAt: number
  readonly activatesAt?: number
  readonly key?: { readonly spki: string }
}

/** The id of the record of a version. */
export function recordOf(version: number): string {
  return `key:${kid}.${version}`
}

/** What the store has had, by its own account, and what may be written to it. */
export class Ledger {
  readonly #time: VirtualTime
  readonly #plan: FleetPlan
  /** All that were ever used. */
  readonly encryptionKeys: Uint8Array[] = []
  /** By thumbprint, ever. */
  readonly #ever = new Map<string, LedgerVersion>()
  /** By the id of the record. Undefined: destroyed. */
  #current = new Map<string, LedgerVersion | undefined>()
  /** The records that nobody can read, and that nobody may write. */
  readonly unreadable = new Set<string>()
  /** The records that could not be read at any time. */
  readonly everUnreadable = new Set<string>()
  /** How many operators rotate by hand. */
  rotatingByHand = 0
  /** Since when there has been a key, if it was ever lost. */
  lostAt = -Infinity
  madeAgainAt: number | undefined
  rotations = 0

  constructor(time: VirtualTime, plan: FleetPlan) {
    this.#time = time
    this.#plan = plan
  }

  get living(): LedgerVersion[] {
    return [...this.#current.values()].filter((version) => version !== undefined)
  }

  get newest(): LedgerVersion | undefined {
    return this.living.toSorted((a, b) => b.number - a.number)[0]
  }

  /** Those that were destroyed or spoiled at any time, not those that ended as planned. */
  get doomed(): (LedgerVersion & { readonly doomedAt: number })[] {
    return [...this.#ever.values()].filter(isDoomed)
  }

  byThumbprint(thumbprint: string): LedgerVersion | undefined {
    return this.#ever.get(thumbprint)
  }

  numbered(version: number): LedgerVersion | undefined {
    return this.#current.get(recordOf(version))
  }

  /** A record was made unreadable. */
  spoiled(id: string): void {
    this.unreadable.add(id)
    this.everUnreadable.add(id)
    const version = this.#current.get(id)
    if (version !== undefined) this.doom(version)
  }

  /** Tokens of the version may be refused from now on. A version that was to follow it may start early. */
  doom(version: LedgerVersion): void {
    version.doomedAt ??= this.#time.now
    for (const other of this.living) other.isAnnounced = false
  }

  /** The store lost everything, and has what a backup contains. Returns versions that were destroyed and are back. */
  async restored(backup: ReadonlyMap<string, string>): Promise<LedgerVersion[]> {
    const { now } = this.#time
    const before = this.living
    this.#current = new Map()
    this.lostAt = now
    this.madeAgainAt = backup.size > 0 ? now : undefined
    for (const [id, value] of backup) {
      const { key } = await this.#opened(value)
      const version = key && this.#ever.get(thumbprintOf(key.spki))
      this.#current.set(id, version)
    }
    for (const version of this.living) version.isAnnounced = false
    const { living } = this
    for (const version of before) if (!living.includes(version)) version.goneAt ??= now
    const back = living.filter((version) => !version.isGood)
    for (const version of back) {
      version.goneAt = undefined
      version.doomedAt = now
    }
    return back
  }

  /** @throws Error if the write must not have been made */
  async note({ id, former, value, by }: MadeWrite): Promise<void> {
    if (this.unreadable.has(id)) throw new Error(`${id} could not be read, and was overwritten`)
    if (!id.startsWith(`key:${kid}.`)) throw new Error(`${id} was written, and nobody was to`)
    const before = this.#current.get(id)
    if (value === undefined) {
      if (before !== undefined) throw new Error(`${id} was removed, and has not been destroyed`)
      this.#current.delete(id)
      return
    }
    const { key, createdAt, activatesAt } = await this.#opened(value)
    if (key === undefined) return this.#noteDestroyed(id, before)
    const thumbprint = thumbprintOf(key.spki)
    if (former === undefined) {
      const number = Number(id.slice(recordOf(0).length - 1))
      const { now: madeAt } = this.#time
      this.#noteMade(id, new LedgerVersion({ number, thumbprint, createdAt, activatesAt, madeAt, by }))
    } else if (before?.thumbprint !== thumbprint) throw new Error(`${id} was overwritten with another key`)
  }

  /** By when the next rotation must have taken place. */
  get dueAt(): number {
    return (this.newest?.createdAt ?? Infinity) + this.#plan.every
  }

  #noteMade(id: string, version: LedgerVersion): void {
    const { newest } = this
    this.#ever.set(version.thumbprint, version)
    this.#current.set(id, version)
    if (newest === undefined) {
      if (this.#time.now > this.lostAt) this.madeAgainAt = this.#time.now
      return
    }
    if (this.rotatingByHand > 0) {
      version.isAnnounced = false
      return
    }
    this.rotations += 1
    const early = this.dueAtBefore(newest) - version.createdAt
    if (early > clockSkew) throw new Error(`${id} was made ${early} ms before the rotation was due`)
  }

  dueAtBefore({ createdAt }: LedgerVersion): number {
    return createdAt + this.#plan.every
  }

  #noteDestroyed(id: string, version: LedgerVersion | undefined): void {
    if (version !== undefined) version.goneAt ??= this.#time.now
    this.#current.set(id, undefined)
  }

  async #opened(value: string): Promise<Payload> {
    for (const key of this.encryptionKeys) {
      const opened = await compactDecrypt(value, key).catch(() => undefined)
      if (opened !== undefined) return JSON.parse(Buffer.from(opened.plaintext).toString()) as Payload
    }
    throw new Error('a record is encrypted with a key that was never in use')
  }
}

function isDoomed(version: LedgerVersion): version is LedgerVersion & { readonly doomedAt: number } {
  return version.doomedAt !== undefined
}

/** RFC 7638 §3, RFC 8037 §2. */
function thumbprintOf(spki: string): string {
  const key = createPublicKey({ key: Buffer.from(spki, 'base64url'), format: 'der', type: 'spki' })
  const { crv, kty, x } = key.export({ format: 'jwk' })
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url')
}
