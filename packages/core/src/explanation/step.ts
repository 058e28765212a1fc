import type { ExplainedCase } from './explained-case.ts'
import type { ExplainedStep, StepOutcome } from './explanation.ts'
import type { Failure } from './failure.ts'

/**
 * Describes a rule. It decides nothing: the verification does, and its error names the rule that was broken. The rules are
 * in the order of the verification.
 */
export interface Step {
  readonly name: string
  readonly rule: string
  /** The {@link Failure.names} of the errors that the rule causes. */
  readonly faults: readonly string[]
  /** False if the rule does not exist for this token and these options. Default: it exists. */
  readonly applies?: (given: ExplainedCase) => boolean
  /** True if the rule exists, but is not checked. Default: it is. */
  readonly isSkipped?: (given: ExplainedCase) => boolean
  readonly expected: (given: ExplainedCase) => string
  /** @param failure undefined if the rule holds */
  readonly found: (given: ExplainedCase, failure: Failure | undefined) => string
  readonly advice: (given: ExplainedCase, failure: Failure) => string
}

/** Returns the steps of a verification that failed with an error, or with none. */
export function explainedSteps(
  steps: readonly Step[],
  given: ExplainedCase,
  failure: Failure | undefined,
): readonly ExplainedStep[] {
  const applying = steps.filter(({ applies }) => applies?.(given) ?? true)
  const failed = failure === undefined ? applying.length : indexOfFailed(applying, failure)
  return applying.map((step, index) => {
    const outcome = outcomeOf(step, index, failed, given)
    const own = index === failed ? failure : undefined
    return {
      name: step.name,
      rule: step.rule,
      outcome,
      expected: step.expected(given),
      found: outcome === 'not reached' ? undefined : step.found(given, own),
      advice: own && step.advice(given, own),
    }
  })
}

/** The step that has the most exact name of the failure. Errors without any come from the keys or the issuer. */
function indexOfFailed(steps: readonly Step[], { names }: Failure): number {
  for (const name of names) {
    const index = steps.findIndex(({ faults }) => faults.includes(name))
    if (index >= 0) return index
  }
  return steps.findIndex(({ faults }) => faults.includes('*'))
}

function outcomeOf({ isSkipped }: Step, index: number, failed: number, given: ExplainedCase): StepOutcome {
  if (index === failed) return 'failed'
  if (index > failed) return 'not reached'
  return isSkipped?.(given) === true ? 'skipped' : 'passed'
}
