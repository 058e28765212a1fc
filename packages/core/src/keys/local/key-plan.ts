import type { Algorithm } from '../../algorithms.ts'
import type { Clock } from '../../clock.ts'
import { InvalidKeyError } from '../../errors.ts'
import { randomUUID } from '../../platform.ts'
import type { ImportKeySpec, KeySpec } from '../key-specification.ts'
import { parsePublishedKid } from '../versioned-kids.ts'
import { generateKey } from './material/generate-key.ts'
import { importKey, type RawKeyFor } from './material/import-key.ts'
import { rowFor } from './material/key-fitness.ts'
import { KeyMaterial } from './material/key-material.ts'
import { nextSpec, readImportSpec, readKeySpec, type RotationSettings } from './key-spec.ts'
import { KeyVersion } from './ring/key-version.ts'
import type { ImportableKey } from './material/read-key.ts'

/** A version that is to be made. Moments are in milliseconds since the epoch. */
export interface KeyPlan {
  readonly kid: string
  /** The published kid that it keeps. Default: `kid.version`. */
  readonly keptName?: string | undefined
  /** The version that it was and is to be again. Default: the next one. */
  readonly version?: number | undefined
  readonly spec: KeySpec
  readonly make: () => Promise<RawKeyFor>
  /** Default: when it is made. */
  readonly createdAt?: number | undefined
  /** How long it is published before it signs, in milliseconds. */
  readonly activateAfter?: number | undefined
  readonly activatesAt?: number | undefined
  readonly retiresAt?: number | undefined
}

/** All that a version is made of. It can be stored, and becomes the same version elsewhere: see {@link versionOf}. */
export interface KeyDraft extends RawKeyFor {
  readonly kid: string
  readonly version: number
  readonly publishedKid?: string | undefined
  readonly spec: KeySpec
  readonly createdAt: number
  readonly activatesAt?: number | undefined
  readonly retiresAt?: number | undefined
}

/** A new key. */
export function planCreated(spec: KeySpec): KeyPlan {
  const checked = readKeySpec(spec)
  const row = rowFor(checked)
  return { kid: checked.kid ?? randomUUID(), spec: checked, make: freshKey(row, checked) }
}

/**
 * A key from outside, whose next versions are like it. No promise where it has a name, so that the name can be taken at
 * once.
 */
export function planImported(
  spec: ImportKeySpec,
  material: ImportableKey,
  publicKey: ImportableKey | undefined,
): KeyPlan | Promise<KeyPlan> {
  const { spec: checked, keptName, ...restored } = readImportSpec(spec)
  const imported = importKey(checked, material, publicKey)
  const { curve, sizeBits, uses } = imported
  const like = { ...checked, curve, sizeBits, uses }
  const plan = { ...restored, keptName, spec: like, make: async () => imported }
  const { kid } = checked
  if (kid === undefined) return kidFor(like, imported).then((derived) => ({ ...plan, kid: derived }))
  return { ...plan, kid, version: versionIn(keptName, kid, restored.version) }
}

/** The next version of a key. */
export function planNext(newest: KeyVersion, { activateAfter, overrides }: NextVersion): KeyPlan {
  const spec = nextSpec(newest.spec, newest.row, overrides)
  return { kid: newest.kid, spec, activateAfter, make: freshKey(rowFor(spec), spec) }
}

/** What a rotation changes. */
export interface NextVersion {
  readonly activateAfter: RotationSettings['activateAfter']
  readonly overrides: Partial<KeySpec>
}

/** Makes the key. It counts as created when it is there. */
export async function draftOf(plan: KeyPlan, version: number, clock: Clock): Promise<KeyDraft> {
  const { kid, keptName, spec, make, activateAfter = 0, retiresAt } = plan
  const made = await make()
  const createdAt = plan.createdAt ?? clock.now()
  const activatesAt = activateAfter > 0 ? createdAt + activateAfter : plan.activatesAt
  return { ...made, kid, version, publishedKid: keptName, spec, createdAt, activatesAt, retiresAt }
}

export async function versionOf(draft: KeyDraft, clock: Clock): Promise<KeyVersion> {
  return new KeyVersion({ ...draft, material: await materialOf(draft.spec, draft), clock })
}

/** RFC 7638 §7: the thumbprint of a secret does not belong in the header of tokens. */
async function kidFor(spec: KeySpec, imported: RawKeyFor): Promise<string> {
  return imported.row.kty === 'oct' ? randomUUID() : (await materialOf(spec, imported)).thumbprint
}

function materialOf({ exportPolicy }: KeySpec, { row, raw, uses }: RawKeyFor): Promise<KeyMaterial> {
  return KeyMaterial.from(row, raw, uses, exportPolicy ?? 'public-only')
}

/** An import that keeps `orders.3` for the kid `orders` is its version 3. */
function versionIn(keptName: string | undefined, kid: string, version: number | undefined): number | undefined {
  const kept = keptName === undefined ? undefined : parsePublishedKid(keptName)
  if (kept?.kid !== kid) return version
  if (version === undefined || version === kept.version) return kept.version
  throw new InvalidKeyError(`version: \`publishedKid\` is the name of version ${kept.version}`)
}

function freshKey(row: Algorithm, spec: KeySpec): () => Promise<RawKeyFor> {
  return async () => ({ row, raw: await generateKey(row, spec), uses: spec.uses ?? row.uses })
}
