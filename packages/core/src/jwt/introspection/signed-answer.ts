import { asymmetricSignatureAlgorithms } from '../../algorithms.ts'
import { secondsOf } from '../../clock.ts'
import { IntrospectionUnavailableError, TokenError } from '../../errors.ts'
import type { VerificationKeys } from '../../keys/key-roles.ts'
import { CompactJws, decodeHeader } from '../jws/compact-jws.ts'
import { checkHeader } from '../jws/header.ts'
import { isTrusted, keysFor, signerOf } from '../jws/token-signer.ts'
import type { IntrospectionSettings } from './introspection-options.ts'

type AnswerRules = Pick<IntrospectionSettings, 'issuer' | 'clientId' | 'clock'>

const acceptedTypes: readonly unknown[] = ['token-introspection+jwt', 'application/token-introspection+jwt']

const longestAnswer = 256 * 1024

/** An answer is made when it is asked for. In seconds: the difference between the clocks, and the time on the way. */
const tolerance = 60

/**
 * Verifies a signed answer (RFC 9701 §5) and returns the answer in it.
 *
 * @throws IntrospectionUnavailableError if it is not a valid answer of the issuer to this client
 * @throws KeySourceUnavailableError if the keys are unavailable
 */
export async function answerIn(content: string, keys: VerificationKeys, rules: AnswerRules): Promise<unknown> {
  try {
    return await verifiedAnswer(content.trim(), keys, rules)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw new IntrospectionUnavailableError('the signed answer is not valid', { cause })
  }
}

async function verifiedAnswer(jwt: string, keys: VerificationKeys, rules: AnswerRules): Promise<unknown> {
  const jws = CompactJws.parse(jwt, longestAnswer, decodeHeader)
  const header = checkHeader(jws.header)
  if (!acceptedTypes.includes(header.typ?.toLowerCase())) throw new TokenError('type_not_accepted')
  if (!asymmetricSignatureAlgorithms.includes(header.alg)) throw new TokenError('algorithm_not_accepted')
  const hint = { alg: header.alg, kid: header.kid, issuer: rules.issuer }
  const key = await signerOf(jws.signed, hint, { keys, candidates: await keysFor(keys, hint) })
  if (!isTrusted(keys, key)) throw new TokenError('key_unknown')
  checkClaims(jws.claims, rules)
  return jws.claims['token_introspection']
}

/** RFC 9701 §5: `iss`, `aud` and `iat` are required. The answer must be for this client, and a recent one. */
function checkClaims(
  { iss, aud, iat }: Readonly<Record<string, unknown>>,
  { issuer, clientId, clock }: AnswerRules,
): void {
  if (iss !== issuer) throw new TokenError('issuer_mismatch')
  const audience: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audience.includes(clientId)) throw new TokenError('audience_mismatch')
  if (typeof iat !== 'number') throw new TokenError('claim_missing', { claim: 'iat' })
  const age = secondsOf(clock) - iat
  if (age > tolerance) throw new TokenError('token_too_old')
  if (age < -tolerance) throw new TokenError('token_issued_in_future')
}
