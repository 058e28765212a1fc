import type { ExplainedAnswer, ExplainedStep, Explanation } from '@bearerkit/core'
import type { ExitCode } from '../frame/exit-code.ts'
import type { Paint } from '../frame/paint.ts'
import { shown } from '../frame/shown.ts'
import { aligned } from '../frame/table.ts'

const exitCodes: Readonly<Record<ExplainedAnswer['outcome'], ExitCode>> = {
  accepted: 0,
  refused: 1,
  unavailable: 3,
}

export function exitCodeFor({ answer }: Explanation): ExitCode {
  return exitCodes[answer.outcome]
}

const marks: Readonly<Record<ExplainedStep['outcome'], string>> = {
  passed: '✓',
  failed: '✗',
  'not reached': '·',
  skipped: '-',
}

export function explanationText({ steps, answer }: Explanation, paint: Paint): string {
  const reached = steps.filter(({ outcome }) => outcome !== 'not reached')
  const lines = aligned(reached.map((step) => [marks[step.outcome], step.name, summaryOf(step)]))
  return [
    ...reached.flatMap((step, index) => [colored(lines[index] ?? '', step, paint), ...detailsOf(step, paint)]),
    ...unreached(steps, paint),
    '',
    ...answerLines(answer, paint),
  ].join('\n')
}

function unreached(steps: readonly ExplainedStep[], paint: Paint): readonly string[] {
  const names = steps.filter(({ outcome }) => outcome === 'not reached').map(({ name }) => name)
  return names.length === 0 ? [] : [paint.faint(`  ${marks['not reached']}  not reached: ${names.join(', ')}`)]
}

function summaryOf({ outcome, expected, found = '', rule }: ExplainedStep): string {
  return outcome === 'failed' ? rule : shown(hasValue.test(found) ? found : expected, longest)
}

/** Where a step found no value, its text is `it does` and the like, and what was expected says more. */
const hasValue = /[`"\d]/

/** Texts of a step quote values of the token, which core has cut. */
const longest = 1000

/** What was expected at the step that failed, and what to do. */
function detailsOf({ outcome, expected, found = '', advice = '' }: ExplainedStep, paint: Paint): readonly string[] {
  if (outcome !== 'failed') return []
  return [
    `      expected: ${shown(expected, longest)}`,
    `      found:    ${shown(found, longest)}`,
    `      ${paint.strong(shown(advice, longest))}`,
  ]
}

function colored(line: string, { outcome }: ExplainedStep, paint: Paint): string {
  if (outcome === 'failed') return paint.bad(line)
  return outcome === 'passed' ? line : paint.faint(line)
}

/** The reason for logs, and the answer of an API with what its client sees. */
function answerLines({ outcome, status, code, reason, headers }: ExplainedAnswer, paint: Paint): readonly string[] {
  if (outcome === 'accepted') return [paint.good('accepted')]
  const fields = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
  const verdict = outcome === 'refused' ? 'refused' : 'not verified, the token may be good'
  return [
    paint.bad(`${verdict}: ${shown(reason ?? code ?? '', 60)}`),
    `The API answers ${[status, ...fields].map((part) => shown(String(part), longest)).join(', ')}`,
  ]
}
