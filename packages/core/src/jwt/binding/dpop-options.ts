import {
  algorithmsNamed,
  asymmetricSignatureAlgorithms,
  macAlgorithms,
  type OtherName,
  type SignatureAlgorithm,
  signatureAlgorithms,
} from '../../algorithms.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration, lifetime } from '../../configuration/duration-options.ts'
import {
  defaulting,
  flag,
  having,
  optional,
  type Reader,
  type Readers,
  refuse,
  someOf,
  switchable,
} from '../../configuration/options.ts'
import { absoluteUrl } from '../../configuration/url-options.ts'
import { normalizedHttpUri } from '../../http-uri.ts'
import { runtimeSupports } from '../../keys/local/material/runtime-support.ts'
import type { ReplayStore } from '../../replay/replay-store.ts'

/**
 * How DPoP proofs are checked: RFC 9449.
 *
 * ```ts
 * import { Authenticator, dpopNonces } from '@bearerkit/core'
 *
 * const nonce = dpopNonces('a secret of 32 characters or more that the whole fleet shares')
 * const authenticator = new Authenticator({
 *   issuer: 'https://issuer.example.com',
 *   audience: 'https://api.example.com',
 *   dpop: { required: true, nonce, publicUrl: 'https://api.example.com' },
 * })
 * ```
 */
export interface DpopOptions {
  /** If true, every token must be bound to a key (`cnf.jkt`), and `Bearer` is no longer offered. Default `false`. */
  required?: boolean | undefined
  /**
   * The accepted `alg` values of proofs: only asymmetric ones. Default: all that this version of Node verifies, except
   * ES256K. RSA keys must have 2048 bits or more.
   */
  algorithms?: readonly (SignatureAlgorithm | OtherName)[] | undefined
  /** How old a proof may be, counted from its `iat`. Default `'60s'`. */
  proofLifetime?: Duration | undefined
  /** How far the `iat` of a proof may be ahead of this server's clock. Default `'5s'`. */
  clockTolerance?: Duration | undefined
  /** Nonces that clients must put into their proofs (RFC 9449 §9): see `dpopNonces`. Default: none are required. */
  nonce?: DpopNonces | undefined
  /**
   * Remembers which proofs were used, so that none is accepted twice (RFC 9449 §11.1). Instances that serve the same
   * clients must share one, such as `redisReplayStore`. Default: a memory store for 1,000,000 proofs, of which 100,000 may
   * belong to one key.
   */
  replay?: ReplayStore | undefined
  /**
   * The URL at which clients reach this server, such as `'https://api.example.com'`. If a gateway strips a prefix from
   * the path, give it too: `'https://api.example.com/svc2'`. Default: the scheme of the connection and the `Host` header.
   */
  publicUrl?: string | undefined
  /**
   * If true, `Forwarded` and `X-Forwarded-Proto`, `-Host`, `-Port` and `-Prefix` say at which URL clients reach this
   * server. Only for servers behind a gateway that removes what clients send in these headers. Default `false`.
   */
  trustForwarded?: boolean | undefined
}

/** Nonces for DPoP proofs: RFC 9449 §9. Create them with `dpopNonces`. */
export interface DpopNonces {
  /** Returns the nonce that clients should use from now on. */
  current(): string
  /** Returns true if proofs with this nonce are accepted. Compares in constant time. */
  accepts(nonce: string): boolean
}

/** The checked options with defaults. Times are in seconds. */
export interface DpopSettings {
  readonly required: boolean
  readonly algorithms: readonly string[]
  readonly proofLifetime: number
  readonly clockTolerance: number
  readonly nonce: DpopNonces | undefined
  readonly replay: ReplayStore | undefined
  /** Normalized, without a slash at the end. */
  readonly publicUrl: string | undefined
  readonly trustForwarded: boolean
}

export const dpopReaders: Readers<DpopSettings> = {
  required: defaulting(flag, false),
  algorithms: proofAlgorithms,
  proofLifetime: defaulting(inSeconds(lifetime), 60),
  clockTolerance: defaulting(inSeconds(duration), 5),
  nonce: optional(having<DpopNonces>('accepts')),
  replay: optional(having<ReplayStore>('firstUse')),
  publicUrl: optional(publicUrl),
  trustForwarded: defaulting(flag, false),
}

/** Reads `true`, or the options in full. Returns undefined for `false`. */
export const dpopSettings: Reader<DpopSettings | undefined> = switchable<DpopSettings>(dpopReaders)

function inSeconds(read: Reader<number>): Reader<number> {
  return (value, option, given) => read(value, option, given) / 1000
}

function proofAlgorithms(value: unknown, option: string): readonly string[] {
  if (value === undefined) return asymmetricSignatureAlgorithms.filter(isSupported)
  // RFC 9449 §4.2: `none` and the identifier of a MAC are not allowed.
  const named = someOf(signatureAlgorithms.filter((alg) => !macAlgorithms.includes(alg)))(value, option, {})
  const unsupported = named.find((alg) => !isSupported(alg))
  if (unsupported === undefined) return named
  throw refuse(option, `names ${unsupported}, which this version of Node does not support`)
}

function isSupported(alg: string): boolean {
  return algorithmsNamed(alg).some(runtimeSupports)
}

function publicUrl(value: unknown, option: string): string {
  const url = absoluteUrl(value, option)
  const normalized = /[?#]/.test(url) ? undefined : normalizedHttpUri(url)
  if (normalized === undefined)
    throw refuse(option, 'must be an http(s) URL without user information, query and fragment')
  return normalized.endsWith('/') ? normalized.slice(0, -1) : normalized
}
