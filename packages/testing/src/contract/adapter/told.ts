import assert from 'node:assert/strict'
import { tracingChannel } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { type RefusalCode, requestChannel, type RequestTrace } from '@bearerkit/core'

/** What the tracing channel tells about a request. */
export interface Told {
  readonly outcome: 'passed' | 'refused' | 'failed'
  /** Of a refusal: one of a closed set. */
  readonly code?: RefusalCode
  /** Undefined for a request without a token. */
  readonly scheme?: 'Bearer' | 'DPoP'
}

const channel = tracingChannel<unknown, RequestTrace>(requestChannel)

/** Sends a request, and returns what the channel tells meanwhile: one trace for each step that decides. */
export async function listeningTo<Answer>(
  send: () => Promise<Answer>,
): Promise<{ answer: Answer; traces: readonly RequestTrace[] }> {
  const traces: RequestTrace[] = []
  const nothing = (): void => undefined
  const note = (trace: RequestTrace): void => {
    // A decision that waits also ends synchronously, before its outcome is known.
    if (trace.outcome !== undefined) traces.push({ ...trace })
  }
  const listeners = { start: nothing, end: note, asyncStart: nothing, asyncEnd: note, error: nothing }
  channel.subscribe(listeners)
  try {
    return { answer: await send(), traces }
  } finally {
    channel.unsubscribe(listeners)
  }
}

/** The steps of a request, in their order. A step that refuses is the last one. */
const possibleSteps: readonly string[] = ['authentication', 'guard', 'authentication, guard']

/** The last step decides. The steps before it have let the request pass. */
export function assertTold(traces: readonly RequestTrace[], { outcome, code, scheme }: Told): void {
  const steps = traces.map(({ step }) => step).join(', ')
  assert.ok(possibleSteps.includes(steps), `the channel tells about these steps: ${steps}`)
  const before = traces.slice(0, -1).map(() => ({ outcome: 'passed', code: undefined, scheme }))
  const told = traces.map((trace) => ({ outcome: trace.outcome, code: trace.code, scheme: trace.scheme }))
  assert.deepEqual(told, [...before, { outcome, code, scheme }])
  for (const { step, outcome: ofStep, issuer, duration } of traces) {
    assert.ok(Number(duration) >= 0, 'a duration')
    // A token that is not verified says nothing about its issuer.
    if (step === 'authentication' && ofStep === 'refused') assert.equal(issuer, undefined)
  }
}

/** A token is a secret, which belongs in no log. */
export function assertSilentAbout(secret: string, traces: readonly RequestTrace[]): void {
  assert.ok(!inspect(traces, { depth: Infinity }).includes(secret), 'the token is on the tracing channel')
}
