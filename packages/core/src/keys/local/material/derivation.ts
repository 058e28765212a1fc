import { LimitError } from '../../../errors.ts'
import { hkdf as deriveBytes, promisify, randomBytes as generateBytes } from '../../../platform.ts'

/** The parameters of `hkdf` (RFC 5869). */
export interface HkdfParameters {
  /** Not secret; RFC 5869 §3.1. */
  readonly salt: Uint8Array
  /** The purpose of the derived key. Different purposes derive different keys. RFC 5869 §3.2. */
  readonly info: Uint8Array
  /** In bytes. */
  readonly length: number
}

const generate = promisify(generateBytes)
const derive = promisify(deriveBytes)

const maxRandomBytes = 65_536
/** RFC 5869 §2.3: 255 times the length of the hash. */
const maxDerivedBytes = 255 * 32
/** The limit of the runtime. */
const maxInfoBytes = 1024

/**
 * Returns random bytes from the CSPRNG.
 *
 * Returns random bytes from the CSPRNG.
 *
 * @throws LimitError unless the length is 1 to 65,536
 */
export async function randomBytes(length: number): Promise<Uint8Array> {
  checkLength('randomBytes: length', length, maxRandomBytes)
  return new Uint8Array(await generate(length))
}

/**
 * Derives bytes with HKDF and SHA-256: RFC 5869.
 *
 * @throws LimitError unless the length is 1 to 8,160, `info` has at most 1,024 bytes, and all inputs are bytes
 */
export async function hkdf(ikm: Uint8Array, { salt, info, length }: HkdfParameters): Promise<Uint8Array> {
  for (const [name, bytes] of Object.entries({ ikm, salt, info })) {
    if (!(bytes instanceof Uint8Array)) throw new LimitError(`hkdf: ${name} must be bytes`)
  }
  checkLength('hkdf: length', length, maxDerivedBytes)
  if (info.byteLength > maxInfoBytes) throw new LimitError(`hkdf: info must be at most ${maxInfoBytes} bytes`)
  return new Uint8Array(await derive('sha256', ikm, salt, info, length))
}

function checkLength(name: string, length: number, most: number): void {
  if (!Number.isSafeInteger(length) || length < 1 || length > most) {
    throw new LimitError(`${name} must be a whole number from 1 to ${most}`)
  }
}
