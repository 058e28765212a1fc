import { type Algorithm, algorithms, algorithmsNamed, type KeyUse } from '../../algorithms.ts'
import { durationUpTo } from '../../configuration/duration-options.ts'
import {
  dictionary,
  oneOf,
  optional,
  type Reader,
  type Readers,
  readOptions,
  someOf,
  text,
  wholeNumber,
} from '../../configuration/options.ts'
import { ConfigurationError, InvalidKeyError } from '../../errors.ts'
import type { ExportPolicy, ImportKeySpec, KeySpec, RotationOptions } from '../key-specification.ts'

/** What a rotation asks for. Durations are in milliseconds. */
export interface RotationSettings extends Omit<RotationOptions, 'activateAfter' | 'retainFor'> {
  readonly activateAfter: number | undefined
  readonly retainFor: number | undefined
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

/**
 * Reads the specification of an import. The name that it keeps is apart from the rest, which a rotation starts from.
 *
 * @throws InvalidKeyError naming the part
 */
export function readImportSpec(spec: ImportKeySpec): { spec: KeySpec; keptName: string | undefined } {
  const readers: Readers<ImportKeySpec> = { ...specReaders, publishedKid: optional(text) }
  const { publishedKid, ...read } = orInvalid(() => readOptions<ImportKeySpec>('importKey', spec, readers))
  return { spec: { ...read, kid: read.kid ?? publishedKid }, keptName: publishedKid }
}

/** @throws InvalidKeyError naming the option */
export function readRotation(options: RotationOptions): RotationSettings {
  const readers: Readers<RotationSettings> = {
    ...overridable,
    alg: anything,
    activateAfter: optional(durationUpTo(30)),
    retainFor: optional(durationUpTo(30)),
  }
  const read = orInvalid(() => readOptions<RotationSettings>('rotateKey', options, readers))
  return Object.fromEntries(
    Object.entries(read).filter(([, value]) => value !== undefined),
  ) as unknown as RotationSettings
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
