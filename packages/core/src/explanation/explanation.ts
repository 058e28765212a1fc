import type { HeaderValues } from '../http-message.ts'
import type { RefusalCode, RefusalReason } from '../http/refusals/refusal.ts'

/**
 * - `passed`: the rule holds.
 * - `failed`: the rule is broken, or nobody could find out whether it holds. The token is refused because of this step.
 * - `not reached`: an earlier step failed.
 * - `skipped`: the options switch the rule off, or an explanation cannot check it.
 */
export type StepOutcome = 'passed' | 'failed' | 'not reached' | 'skipped'

/** One rule of the verification. All texts are plain English in one line, and quote neither the token nor a secret. */
export interface ExplainedStep {
  /** What is checked, such as `audience`. */
  readonly name: string
  /** Where the rule comes from, such as `RFC 7519 §4.1.3`. */
  readonly rule: string
  readonly outcome: StepOutcome
  /** What the rule requires. */
  readonly expected: string
  /** What was there instead. Undefined if the step was not reached. */
  readonly found: string | undefined
  /** What to do, if the step failed. */
  readonly advice: string | undefined
}

/** How an API with these options answers a request with the token. */
export interface ExplainedAnswer {
  /** `unavailable`: the token may be good, but something that the answer depends on cannot be had at the moment. */
  readonly outcome: 'accepted' | 'refused' | 'unavailable'
  /** The status of the answer. Undefined if the token is accepted: the handler of the route decides. */
  readonly status: number | undefined
  /** The reason that the client may see. */
  readonly code: RefusalCode | undefined
  /** The exact reason, for logs. */
  readonly reason: RefusalReason | undefined
  /** The headers of the refusal, such as `WWW-Authenticate` with the challenge, or `Retry-After`. */
  readonly headers: HeaderValues
}

/** Why a token is accepted or refused. */
export interface Explanation {
  /** In the order in which they are checked. At most one has failed. */
  readonly steps: readonly ExplainedStep[]
  readonly answer: ExplainedAnswer
}
