import { answerWithin, isThenable } from '../callback.ts'
import { TokenError, VerificationUnavailableError } from '../errors.ts'
import type { KeyHint, VerificationKey, VerificationKeys } from '../keys/key-roles.ts'
import type { Signed } from './jws/compact-jws.ts'
import { isSignedBy } from './jws/signature.ts'

/** In milliseconds. Remote keys have shorter deadlines of their own; this one is for providers that have none. */
const longestWaitForKeys = 30_000

/** The keys that can have made a signature under this header. */
export function keysFor(
  keys: VerificationKeys,
  hint: KeyHint,
): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
  const answer = keys.verificationKeys(hint)
  return isThenable(answer) ? answerWithin(longestWaitForKeys, answer) : answer
}

/**
 * The key that made the signature.
 *
 * @param candidates what {@link keysFor} answered
 * @throws TokenError `key_unknown`, `key_ambiguous`, `signature_invalid`
 */
export async function signerOf(
  signed: Signed,
  hint: KeyHint,
  { keys, candidates }: { readonly keys: VerificationKeys; readonly candidates: readonly VerificationKey[] },
): Promise<VerificationKey> {
  if (candidates.length === 0) throw keyUnknown(keys.explainAbsence?.(hint))
  const signer = await signerAmong(candidates, signed, hint)
  if (signer !== undefined) return signer
  // The issuer may have replaced a key under its kid.
  const replacements = (await keys.replacementKeys?.(hint, { tried: candidates })) ?? []
  const lateSigner = await signerAmong(replacements, signed, hint)
  if (lateSigner === undefined) throw new TokenError('signature_invalid')
  return lateSigner
}

function keyUnknown(explanation: string | undefined): TokenError {
  return new TokenError('key_unknown', explanation === undefined ? {} : { cause: new Error(explanation) })
}

async function signerAmong(
  candidates: readonly VerificationKey[],
  signed: Signed,
  { kid, alg }: KeyHint,
): Promise<VerificationKey | undefined> {
  if (kid === undefined && areDifferent(candidates)) throw new TokenError('key_ambiguous')
  for (const key of candidates) {
    if (await isSignedBy(signed, alg, key)) return key
  }
  return undefined
}

/** The same key may be published under several kids, and with or without `alg`. */
function areDifferent([first, ...others]: readonly VerificationKey[]): boolean {
  return others.some((key) => key.thumbprint !== first?.thumbprint)
}

/**
 * Whether the provider still counts the key.
 *
 * @throws VerificationUnavailableError if it answers neither true nor false: a promise, for instance, would always pass
 */
export function isTrusted(keys: VerificationKeys, key: VerificationKey): boolean {
  const answer: unknown = keys.trusts(key)
  if (typeof answer === 'boolean') return answer
  throw new VerificationUnavailableError('trusts() of the key provider must answer true or false, without a promise')
}
