import { type Algorithm, algorithms, algorithmsNamed, type KeyUse } from '../../algorithms.ts'
import type { Duration } from '../../configuration/duration.ts'
import { durationUpTo } from '../../configuration/duration-options.ts'
import {
  dictionary,
  oneOf,
  optional,
  type Reader,
  type Readers,
  readOptions,
  refuse,
  required,
  someOf,
  text,
  wholeNumber,
} from '../../configuration/options.ts'
import { ConfigurationError, InvalidKeyError } from '../../errors.ts'
import { isDate } from '../../platform.ts'
import type { EnsuredKeySpec, ExportPolicy, ImportKeySpec, KeySpec, RotationOptions } from '../key-specification.ts'

/** What a rotation asks for. Durations are in milliseconds. */
export interface RotationSettings extends Omit<RotationOptions, 'activateAfter' | 'retainFor'> {
  readonly activateAfter: number | undefined
  readonly retainFor: number | undefined
}

/** What an import asks for, its name and its times apart from the specification, which a rotation starts from. */
export interface ImportSettings extends RestoredTimes {
  readonly spec: KeySpec
  readonly keptName: string | undefined
}

/** Moments are in milliseconds since the epoch. */
interface RestoredTimes {
  readonly version: number | undefined
  readonly createdAt: number | undefined
  readonly activatesAt: number | undefined
  readonly retiresAt: number | undefined
}

const keyUses: readonly KeyUse[] = [...new Set(algorithms.flatMap(({ uses }) => uses))]

const overridable: Readers<Omit<KeySpec, 'kid' | 'alg'>> = {
  uses: optional(someOf(keyUses)),
  exportPolicy: optional(oneOf<ExportPolicy>('none', 'public-only', 'secret-when-allowed')),
  sizeBits: optional(wholeNumber),
  curve: optional(text),
  label: optional(text),
  tags: optional(dictionary),
}

/** Not checked here: the table of algorithms refuses what it does not have, whatever its type. */
const anything: Reader<string> = (value) => value as string

const specReaders: Readers<KeySpec> = { ...overridable, alg: anything, kid: optional(text) }

/**
 * Checks the form of a specification; whether its parts go together is for `rowFor` to say.
 *
 * @throws InvalidKeyError naming the part
 */
export function readKeySpec(spec: KeySpec): KeySpec {
  return orInvalid(() => readOptions<KeySpec>('createKey', spec, specReaders))
}

/** @throws InvalidKeyError naming the part */
export function readEnsuredSpec(spec: EnsuredKeySpec): EnsuredKeySpec {
  return orInvalid(() => readOptions<EnsuredKeySpec>('ensureKey', spec, { ...specReaders, kid: required(text) }))
}

/** @throws InvalidKeyError naming the part */
export function readImportSpec(given: ImportKeySpec): ImportSettings {
  const readers: Readers<KeySpec & RestoredTimes & { publishedKid: string | undefined }> = {
    ...specReaders,
    publishedKid: optional(text),
    version: optional(versionNumber),
    createdAt: optional(moment),
    activatesAt: optional(moment),
    retiresAt: optional(moment),
  }
  const read = orInvalid(() => readOptions('importKey', given, readers))
  const { publishedKid: keptName, version, createdAt, activatesAt, retiresAt, ...spec } = read
  if (activatesAt !== undefined && retiresAt !== undefined && retiresAt <= activatesAt)
    throw new InvalidKeyError('importKey: option `retiresAt` must be later than `activatesAt`')
  return { spec: { ...spec, kid: spec.kid ?? keptName }, keptName, version, createdAt, activatesAt, retiresAt }
}

/** As published kids have it. */
const highestVersion = 999_999_999_999_999

function versionNumber(value: unknown, option: string): number {
  if (wholeNumber(value, option) > highestVersion) throw refuse(option, 'must have at most 15 digits')
  return value as number
}

/** A Date, or milliseconds since the epoch. */
function moment(value: unknown, option: string): number {
  const milliseconds = isDate(value) ? value.getTime() : value
  if (typeof milliseconds !== 'number' || !Number.isFinite(milliseconds))
    throw refuse(option, 'must be a Date, or milliseconds since the epoch')
  return milliseconds
}

/** @throws InvalidKeyError naming the option */
export function readRotation(options: RotationOptions): RotationSettings {
  const readers: Readers<RotationSettings> = {
    ...overridable,
    alg: anything,
    activateAfter: optional(durationUpTo(30)),
    retainFor: optional(durationUpTo(30)),
    ifNewest: optional(wholeNumber),
  }
  const read = orInvalid(() => readOptions<RotationSettings>('rotateKey', options, readers))
  return Object.fromEntries(
    Object.entries(read).filter(([, value]) => value !== undefined),
  ) as unknown as RotationSettings
}

/** @throws InvalidKeyError if it is no duration */
export function readRetention(retainFor: Duration): number {
  return readRotation({ retainFor }).retainFor ?? Infinity
}

/** A specification comes with a call, not at start-up: what is wrong with it is wrong with the key. */
function orInvalid<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigurationError) throw new InvalidKeyError(error.message)
    throw error
  }
}

/** What the next version of a key is made from. For another algorithm it has another size and curve, and may have other uses. */
export function nextSpec(spec: KeySpec, row: Algorithm, overrides: Partial<KeySpec>): KeySpec {
  const isLikeBefore = overrides.alg === undefined || overrides.alg === row.alg
  const { sizeBits: _sizeBits, curve: _curve, uses, ...kept } = spec
  return isLikeBefore ? { ...spec, ...overrides } : { ...kept, uses: usesIn(overrides.alg, uses), ...overrides }
}

function usesIn(alg: string | undefined, uses: readonly KeyUse[] | undefined): readonly KeyUse[] | undefined {
  const possible = algorithmsNamed(alg)[0]?.uses
  return uses?.every((use) => possible?.includes(use)) === true ? uses : undefined
}
