import { algorithms, type KeyUse } from '../../algorithms.ts'
import {
  dictionary,
  duration,
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
import type { ExportPolicy, KeySpec, RotationOptions } from '../key-provider.ts'

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

/** What is no algorithm of ours gets that said of it, whatever it is. */
const anything: Reader<string> = (value) => value as string

/**
 * Checks the form of a specification; whether its parts go together is for `rowFor` to say.
 *
 * @throws InvalidKeyError naming the part
 */
export function readKeySpec(operation: string, spec: KeySpec): KeySpec {
  return orInvalid(() => readOptions<KeySpec>(operation, spec, { ...overridable, alg: anything, kid: optional(text) }))
}

/** @throws InvalidKeyError naming the option */
export function readRotation(options: RotationOptions): RotationSettings {
  const readers: Readers<RotationSettings> = {
    ...overridable,
    alg: anything,
    activateAfter: optional(duration),
    retainFor: optional(duration),
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
