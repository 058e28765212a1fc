import type { HttpRequest } from '../http-message.ts'
import { isToken68 } from '../http-token.ts'
import { schemesFor } from '../http/credentials/accepted-schemes.ts'
import { confirmKeys } from '../http/credentials/key-confirmation.ts'
import type { AuthenticationScheme } from '../http/credentials/scheme.ts'
import { protectionSpaceOf } from '../http/refusals/protection-space.ts'
import { type ChallengeContext, type RefusalCode, refusalFor, RequestRefusedError } from '../http/refusals/refusal.ts'
import type { Presentation } from '../jwt/binding/presentation.ts'
import type { AccessTokenClaims } from '../jwt/jws/compact-jws.ts'
import type { SharedSettings } from '../jwt/verifier-options.ts'
import type { ReplayStore } from '../replay/replay-store.ts'
import { type ExplainedCase, type Inspected, type Presented, readCase } from './explained-case.ts'
import type { ExplainedAnswer, Explanation } from './explanation.ts'
import { failureOf } from './failure.ts'
import { explainedSteps, type Step } from './step.ts'
import { claimSteps } from './steps/claim-steps.ts'
import { credentialSteps } from './steps/credential-steps.ts'
import { headerSteps } from './steps/header-steps.ts'
import { introspectedIssuerStep, introspectionStep } from './steps/introspection-steps.ts'
import { issuerStep } from './steps/issuer-steps.ts'
import { keySteps } from './steps/key-steps.ts'
import { proofSteps } from './steps/proof-steps.ts'
import { timeSteps } from './steps/time-steps.ts'
import { useSteps } from './steps/use-steps.ts'

/** How the token was sent. */
export interface ExplainOptions {
  /**
   * The DPoP proof that was sent with the token (RFC 9449), and the request that it is for. It is checked by the options
   * `dpop` of the verifier, but not used up. Default: the token was sent alone, with the scheme Bearer.
   */
  readonly dpop?: PresentedProof | undefined
}

/** A DPoP proof and its request. */
export interface PresentedProof {
  readonly proof: string
  /** The method of the request. Default `'GET'`. */
  readonly method?: string | undefined
  /** The absolute URL of the request. */
  readonly url: string
}

/** The verifier of an explanation. */
export interface ExplainingVerifier extends Inspected {
  /** Verifies the token, and remembers nothing. */
  readonly verify: (
    token: string,
    presentation: Presentation,
    request: HttpRequest,
  ) => Promise<{ readonly issued: Readonly<AccessTokenClaims> }>
}

/** See {@link TokenVerifier.explain}. */
export async function explain(
  verifier: ExplainingVerifier,
  given: unknown,
  options: ExplainOptions | null,
): Promise<Explanation> {
  const token = typeof given === 'string' ? given : ''
  const dpop = options?.dpop ?? undefined
  const name = dpop === undefined ? 'Bearer' : 'DPoP'
  const schemes = schemesFor(withoutReplayStore(verifier.settings))
  const presented = { token, scheme: name, schemes: schemes.map((one) => one.name), request: requestWith(token, dpop) }
  const outcome = await outcomeFor(verifier, presented, schemes)
  const failure = outcome.refusal && failureOf(outcome.cause, token)
  const explained = await readCase(verifier, presented, failure)
  return { steps: explainedSteps(stepsOf(explained), explained, failure), answer: answerFrom(outcome.refusal) }
}

/** The steps in the order of the verification: see "How a request is handled" in ARCHITECTURE.md. */
function stepsOf(given: ExplainedCase): readonly Step[] {
  return given.isOpaque
    ? [
        ...credentialSteps,
        introspectedIssuerStep(given),
        introspectionStep,
        ...claimSteps,
        ...timeSteps,
        ...useSteps,
        ...proofSteps,
      ]
    : [
        ...credentialSteps,
        ...headerSteps,
        issuerStep,
        ...keySteps,
        ...claimSteps,
        ...timeSteps,
        introspectionStep,
        ...useSteps,
        ...proofSteps,
      ]
}

interface Outcome {
  /** Undefined if the token is accepted. */
  readonly refusal?: RequestRefusedError
  /** The error that names the broken rule. */
  readonly cause?: unknown
}

/** Does what an API does with a request: the token is verified, and then the keys to which it is bound are confirmed. */
async function outcomeFor(
  verifier: ExplainingVerifier,
  { token, scheme: name, request }: Presented,
  schemes: readonly AuthenticationScheme[],
): Promise<Outcome> {
  const space = protectionSpaceOf(verifier.settings, schemes)
  const scheme = schemes.find((one) => one.name === name)
  if (scheme === undefined) return refused('credentials_missing', space.challenge)
  const challenge = space.challengeFor(name)
  if (!isToken68(token)) return refused('credentials_malformed', challenge)
  try {
    const { issued } = await verifier.verify(token, scheme, request)
    await confirmKeys(scheme.confirmations, { request, token, issued })
    return {}
  } catch (cause) {
    return { refusal: refusalFor(cause, challenge), cause }
  }
}

/** A refusal that names the broken rule itself. */
function refused(code: RefusalCode, challenge: ChallengeContext): Outcome {
  return { refusal: new RequestRefusedError(code, challenge), cause: { code } }
}

function answerFrom(refusal: RequestRefusedError | undefined): ExplainedAnswer {
  if (refusal === undefined)
    return { outcome: 'accepted', status: undefined, code: undefined, reason: undefined, headers: {} }
  const { status, code, reason, headers } = refusal
  return { outcome: status >= 500 ? 'unavailable' : 'refused', status, code, reason, headers }
}

/** The request that an API would get. Its URL is absolute, so it needs no `Host`. */
function requestWith(token: string, dpop: PresentedProof | undefined): HttpRequest {
  if (dpop === undefined) return { method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` } }
  const { proof, method = 'GET', url } = dpop
  const socket = { encrypted: /^https:/i.test(url) }
  return {
    method,
    url,
    headers: { authorization: `DPoP ${token}`, dpop: proof },
    socket: socket as HttpRequest['socket'],
  }
}

/** The replay store belongs to the API: a proof that an explanation enters there could no longer be used. */
function withoutReplayStore(settings: SharedSettings): SharedSettings {
  return settings.dpop === undefined ? settings : { ...settings, dpop: { ...settings.dpop, replay: remembersNothing } }
}

const remembersNothing: ReplayStore = { firstUse: () => true }
