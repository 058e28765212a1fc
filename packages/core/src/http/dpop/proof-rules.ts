import type { HttpRequest } from '../../http-message.ts'
import { normalizedHttpUri } from '../../http-uri.ts'
import type { DpopSettings } from '../../jwt/binding/dpop-options.ts'
import { hash } from '../../platform.ts'
import { printable, printableUrl } from '../../printable.ts'
import type { PresentedToken } from '../credentials/key-confirmation.ts'
import { dpopError, type DpopFault } from './dpop-fault.ts'
import { targetUriOf } from './target-uri.ts'
import type { UnverifiedProof } from './unverified-proof.ts'

/** What a proof is compared with. */
export interface ProofContext {
  readonly request: HttpRequest
  /** The token in the request. Undefined in a request for a token: RFC 9449 §5. */
  readonly presented: PresentedToken | undefined
  readonly settings: DpopSettings
  /** In seconds since the epoch. */
  readonly now: number
}

/** A rule that a proof can break, apart from its syntax, its signature, its nonce and its repetition. */
interface Rule {
  readonly fault: DpopFault
  readonly holds: (proof: UnverifiedProof, context: ProofContext) => boolean
  /** Says for the log what was expected, and what came. */
  readonly detail?: (proof: UnverifiedProof, context: ProofContext) => string
}

const longestIdentifier = 256

/** RFC 9449 §4.3, check 11. */
const timeRules: readonly Rule[] = [
  { fault: 'dpop_iat_invalid', holds: ({ claims }) => Number.isFinite(claims['iat']) },
  {
    fault: 'dpop_proof_too_old',
    holds: (proof, { settings, now }) => now < issuedAt(proof) + settings.proofLifetime,
    detail: (proof, { now }) => `${Math.round(now - issuedAt(proof))} s`,
  },
  {
    fault: 'dpop_proof_in_future',
    holds: (proof, { settings, now }) => issuedAt(proof) <= now + settings.clockTolerance,
    detail: (proof, { now }) => `${Math.round(issuedAt(proof) - now)} s ahead`,
  },
  // RFC 7519 §4.1.4, §4.1.5: a proof needs neither, but if a client sets them, they count.
  { fault: 'dpop_proof_too_old', holds: ({ claims: { exp } }, { now }) => exp === undefined || now < dateIn(exp) },
  {
    fault: 'dpop_proof_in_future',
    holds: ({ claims: { nbf } }, { settings, now }) =>
      nbf === undefined || dateIn(nbf) <= now + settings.clockTolerance,
  },
]

/** RFC 9449 §4.3, §7.1, in the order in which they are checked. None of them costs as much as the signature. */
const rules: readonly Rule[] = [
  { fault: 'dpop_typ_mismatch', holds: ({ header }) => header['typ'] === 'dpop+jwt' },
  {
    fault: 'dpop_alg_not_accepted',
    holds: ({ header }, { settings }) => (settings.algorithms as readonly unknown[]).includes(header['alg']),
  },
  // RFC 7515 §4.1.11: no extension is supported, and a JWT must not use `b64` (RFC 7797).
  {
    fault: 'dpop_crit_unsupported',
    holds: ({ header }) => header['crit'] === undefined && header['b64'] === undefined,
  },
  { fault: 'dpop_jwk_invalid', holds: ({ jwk }) => jwk !== undefined },
  {
    fault: 'dpop_htm_mismatch',
    holds: ({ claims }, { request }) => typeof claims['htm'] === 'string' && claims['htm'] === request.method,
    detail: ({ claims }, { request }) => `expected ${request.method}, but the proof has ${shown(claims['htm'])}`,
  },
  { fault: 'dpop_htu_mismatch', holds: isForTarget, detail: describeTargets },
  ...timeRules,
  { fault: 'dpop_jti_invalid', holds: ({ claims: { jti } }) => typeof jti === 'string' && isIdentifier(jti) },
  {
    fault: 'dpop_ath_mismatch',
    holds: ({ claims }, { presented }) => presented === undefined || claims['ath'] === hashOf(presented),
  },
  {
    fault: 'dpop_key_mismatch',
    holds: ({ jwk }, { presented }) => presented === undefined || jwk?.thumbprint === boundKeyOf(presented.issued),
  },
]

/** The faults in the order in which the rules are checked. The times are checked twice. */
export const proofRuleOrder: readonly DpopFault[] = [...new Set(rules.map(({ fault }) => fault))]

/** @throws ProofError with the code of the first broken rule */
export function checkRules(proof: UnverifiedProof, context: ProofContext): void {
  checkEach(rules, proof, context)
}

/** @throws ProofError if the proof is too old by now */
export function checkTimes(proof: UnverifiedProof, context: ProofContext): void {
  checkEach(timeRules, proof, context)
}

function checkEach(checked: readonly Rule[], proof: UnverifiedProof, context: ProofContext): void {
  for (const { fault, holds, detail } of checked) {
    if (!holds(proof, context)) throw dpopError(fault, { detail: detail?.(proof, context) })
  }
}

function isForTarget({ claims: { htu } }: UnverifiedProof, { request, settings }: ProofContext): boolean {
  if (typeof htu !== 'string') return false
  const target = targetUriOf(request, settings)
  return target !== undefined && (htu === target || normalizedHttpUri(htu) === target)
}

function describeTargets({ claims: { htu } }: UnverifiedProof, { request, settings }: ProofContext): string {
  const target = targetUriOf(request, settings)
  const expected = target === undefined ? 'the request does not say its URI unambiguously' : `expected ${target}`
  return `${expected}, but the proof has ${typeof htu === 'string' ? printableUrl(htu) : shown(htu)}`
}

function shown(value: unknown): string {
  return typeof value === 'string' ? printable(value) : `a value of the type ${typeof value}`
}

/** The hash of each token, by its claims, which all requests with a remembered token share. */
const hashes = new WeakMap<object, { readonly token: string; readonly ath: string }>()

function hashOf({ token, issued }: PresentedToken): string {
  const known = hashes.get(issued)
  if (known?.token === token) return known.ath
  const ath = hash('sha256', token, 'base64url')
  hashes.set(issued, { token, ath })
  return ath
}

function isIdentifier(jti: string): boolean {
  return jti.length > 0 && jti.length <= longestIdentifier
}

/** Returns NaN for a value that is not a NumericDate. No comparison with it holds. */
function dateIn(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}

function issuedAt({ claims }: UnverifiedProof): number {
  return claims['iat'] as number
}

function boundKeyOf({ cnf }: PresentedToken['issued']): unknown {
  return (cnf as { jkt?: unknown }).jkt
}
