import { answerWithin, continued, immediateAnswer, isThenable } from '../../callback.ts'
import { KeySourceUnavailableError, TokenError, VerificationUnavailableError } from '../../errors.ts'
import type { KeyHint, VerificationKey, VerificationKeys } from '../../keys/key-roles.ts'
import type { Signed } from './compact-jws.ts'
import { isSignedBy } from './signature.ts'

/**
 * In milliseconds. For custom providers without a deadline. Remote and stored keys have their own, shorter ones, but they
 * may pass only after this one if the process was suspended.
 */
const longestWaitForKeys = 30_000

/** Returns the keys that could have signed a token with this header. */
export function keysFor(keys: VerificationKeys, hint: KeyHint): Keys | Promise<Keys> {
  return inTime(keys.verificationKeys(hint))
}

type Keys = readonly VerificationKey[]

function inTime(answer: Keys | Promise<Keys>): Keys | Promise<Keys> {
  return isThenable(answer) ? answerWithin(longestWaitForKeys, answer, tooLate) : answer
}

function tooLate(): KeySourceUnavailableError {
  return new KeySourceUnavailableError('the key provider did not answer within 30 seconds')
}

/**
 * Returns the key that verifies the signature: at once if the check is made on the main thread.
 *
 * @param candidates the result of {@link keysFor}
 * @throws TokenError `key_unknown`, `key_ambiguous`, `signature_invalid`
 */
export function signerOf(
  signed: Signed,
  hint: KeyHint,
  { keys, candidates }: { readonly keys: VerificationKeys; readonly candidates: readonly VerificationKey[] },
): VerificationKey | Promise<VerificationKey> {
  if (candidates.length === 0) throw keyUnknown(explanationOf(keys, hint))
  return continued(signerAmong(candidates, signed, hint), (signer) => {
    return signer ?? replacedSigner(signed, hint, { keys, candidates })
  })
}

/** The issuer may have replaced a key without changing its kid. */
async function replacedSigner(
  signed: Signed,
  hint: KeyHint,
  { keys, candidates: tried }: { readonly keys: VerificationKeys; readonly candidates: readonly VerificationKey[] },
): Promise<VerificationKey> {
  const replacements = await inTime(keys.replacementKeys?.(hint, { tried }) ?? [])
  const signer = await signerAmong(replacements, signed, hint)
  if (signer === undefined) throw new TokenError('signature_invalid')
  return signer
}

/** A provider of the application's that cannot explain it does not change the answer. */
function explanationOf(keys: VerificationKeys, hint: KeyHint): string | undefined {
  try {
    const explanation: unknown = keys.explainAbsence?.(hint)
    return typeof explanation === 'string' ? explanation : undefined
  } catch {
    return undefined
  }
}

function keyUnknown(explanation: string | undefined): TokenError {
  return new TokenError('key_unknown', explanation === undefined ? {} : { cause: new Error(explanation) })
}

function signerAmong(candidates: readonly VerificationKey[], signed: Signed, { kid, alg }: KeyHint): Signer {
  if (kid === undefined && areDifferent(candidates)) throw new TokenError('key_ambiguous')
  return firstSigner(candidates, signed, alg)
}

type Signer = VerificationKey | undefined | Promise<VerificationKey | undefined>

function firstSigner([key, ...others]: readonly VerificationKey[], signed: Signed, alg: string): Signer {
  if (key === undefined) return undefined
  return continued(isSignedBy(signed, alg, key), (holds) => {
    return holds ? key : firstSigner(others, signed, alg)
  })
}

/** Compares thumbprints, because the same key may be published under several kids, and with or without `alg`. */
function areDifferent([first, ...others]: readonly VerificationKey[]): boolean {
  return others.some((key) => key.thumbprint !== first?.thumbprint)
}

/**
 * True if the provider still trusts the key.
 *
 * @param now the time of the system clock, if it was just read
 * @throws VerificationUnavailableError if the provider does not return a boolean. A promise would always be truthy
 */
export function isTrusted(keys: VerificationKeys, key: VerificationKey, now?: number): boolean {
  const answer = immediateAnswer(keys.trusts(key, now))
  if (answer !== undefined) return answer
  throw new VerificationUnavailableError('trusts() of the key provider must return true or false, not a promise', {
    option: 'keys',
  })
}
