import { continued, immediateAnswer } from '../../callback.ts'
import { type Clock, secondsOf } from '../../clock.ts'
import { VerificationUnavailableError } from '../../errors.ts'
import type { HeaderValues, HttpRequest } from '../../http-message.ts'
import type { DpopNonces, DpopSettings } from '../../jwt/binding/dpop-options.ts'
import { isSignedBy } from '../../jwt/jws/signature.ts'
import type { PublicKey } from '../../keys/remote/sets/public-key.ts'
import { isFirstUse } from '../../replay/first-use.ts'
import { memoryReplayStore } from '../../replay/memory-replay-store.ts'
import type { ReplayStore } from '../../replay/replay-store.ts'
import type { PresentedToken } from '../credentials/key-confirmation.ts'
import { dpopError } from './dpop-fault.ts'
import { type ProofJwk, ProofKeys } from './proof-key.ts'
import { ProofHeaders } from './proof-headers.ts'
import { checkRules, checkTimes, type ProofContext } from './proof-rules.ts'
import { UnverifiedProof } from './unverified-proof.ts'

/** The default replay store. One proof takes about 200 bytes until it has expired. */
const storeSize = { max: 1_000_000, maxPerGroup: 100_000 }

/** A proof that held. */
export interface HeldProof {
  /** The RFC 7638 thumbprint of its key. */
  readonly thumbprint: string
  readonly jti: string
  /** The next nonce, if the proof has an older one. */
  readonly headers: HeaderValues | undefined
}

/** Checks the DPoP proofs of requests: RFC 9449 §4.3. Remembers which were used. */
export class DpopProofs {
  readonly #settings: DpopSettings
  readonly #clock: Clock
  readonly #replay: ReplayStore
  readonly #keys = new ProofKeys()
  readonly #headers = new ProofHeaders()

  constructor(settings: DpopSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    this.#replay = settings.replay ?? memoryReplayStore({ ...storeSize, clock })
  }

  /**
   * Checks the proof of a request. The order matters: a proof that cannot pass costs no signature check, and only a proof
   * that holds is entered in the replay store.
   *
   * @param presented the token in the request. Undefined in a request for a token: RFC 9449 §5
   * @throws ProofError if a rule is broken
   * @throws ReplayStoreUnavailableError if the replay store cannot tell whether the proof was used before
   */
  check(request: HttpRequest, presented: PresentedToken | undefined): HeldProof | Promise<HeldProof> {
    const proof = UnverifiedProof.read(request, this.#headers)
    const context = { request, presented, settings: this.#settings, now: secondsOf(this.#clock) }
    checkRules(proof, context)
    const jwk = proof.jwk as ProofJwk
    const isSigned = continued(this.#keys.keyOf(jwk), (key) => this.#isSigned(proof, key))
    return continued(isSigned, (holds) => {
      if (!holds) throw dpopError('dpop_signature_invalid')
      return this.#accept(proof, jwk, context)
    })
  }

  #isSigned(proof: UnverifiedProof, key: PublicKey | undefined): boolean | Promise<boolean> {
    if (key === undefined) throw dpopError('dpop_jwk_invalid')
    return isSignedBy(proof.signed, String(proof.header['alg']), key)
  }

  #accept(proof: UnverifiedProof, { thumbprint }: ProofJwk, context: ProofContext): HeldProof | Promise<HeldProof> {
    this.#headers.remember(proof)
    const headers = this.#checkNonce(proof.claims['nonce'])
    // Again, after the wait: a proof must not be spent when the store may have forgotten its first use.
    checkTimes(proof, { ...context, now: secondsOf(this.#clock) })
    const { jti, iat } = proof.claims as { readonly jti: string; readonly iat: number }
    return continued(this.#spend(jti, iat, thumbprint), (isFirst) => {
      if (!isFirst) throw dpopError('dpop_proof_replayed', { headers })
      return { thumbprint, jti, headers }
    })
  }

  /** RFC 9449 §8.2, §9: returns the header with the next nonce if the proof has an older one. */
  #checkNonce(nonce: unknown): HeaderValues | undefined {
    const { nonce: nonces } = this.#settings
    if (nonces === undefined) return undefined
    const current = nonces.current()
    const headers = { 'DPoP-Nonce': current }
    if (nonce === undefined) throw dpopError('dpop_nonce_missing', { headers })
    if (typeof nonce !== 'string' || !isAccepted(nonces, nonce)) throw dpopError('dpop_nonce_mismatch', { headers })
    return nonce === current ? undefined : headers
  }

  /** RFC 9449 §11.1. The use is kept longer than a proof of this time can pass, not for a time from now on. */
  #spend(jti: string, iat: number, thumbprint: string): boolean | Promise<boolean> {
    const { proofLifetime, clockTolerance } = this.#settings
    const until = Math.ceil((iat + proofLifetime + clockTolerance) * 1000)
    return isFirstUse(this.#replay, jti, { until, group: thumbprint })
  }
}

/** @throws VerificationUnavailableError if the nonces do not answer with a boolean. A promise would always be truthy */
function isAccepted(nonces: DpopNonces, nonce: string): boolean {
  const answer = immediateAnswer(nonces.accepts(nonce))
  if (answer !== undefined) return answer
  throw new VerificationUnavailableError('accepts() of the DPoP nonces must return true or false, not a promise', {
    option: 'dpop',
  })
}
