import { channel as channelNamed, tracingChannel } from 'node:diagnostics_channel'
import { keySourceChannel, requestChannel, type RequestTrace } from '@bearerkit/core'
import type { Attributes, Meter, Tracer } from '@opentelemetry/api'

/**
 * Records the outcome of every request as OpenTelemetry metrics and spans:
 *
 * - `bearerkit.request.duration`, a histogram in seconds
 * - `bearerkit.key_source.events`, a counter of what happens to published keys
 *
 * All attributes come from closed sets, except the issuer, of which there are as many as you trust. None is about the user.
 *
 * @returns a function that stops recording
 */
export function recordTelemetry(meter: Meter, tracer: Tracer): () => void {
  const duration = meter.createHistogram('bearerkit.request.duration', { unit: 's' })
  const keyEvents = meter.createCounter('bearerkit.key_source.events')

  const record = (trace: RequestTrace): void => {
    // A decision that waits also ends synchronously, before its outcome is known.
    if (trace.outcome === undefined || trace.duration === undefined) return
    const attributes = attributesOf(trace)
    duration.record(trace.duration, attributes)
    const end = Date.now()
    const span = tracer.startSpan('bearerkit.request', { startTime: end - trace.duration * 1000, attributes })
    span.end(end)
  }
  const recordKeyEvent = (message: unknown): void => {
    const { event, source } = message as { event: string; source: string }
    keyEvents.add(1, { event, source })
  }

  const nothing = (): void => undefined
  const listeners = { start: nothing, end: record, asyncStart: nothing, asyncEnd: record, error: nothing }
  const requests = tracingChannel<unknown, RequestTrace>(requestChannel)
  const keySources = channelNamed(keySourceChannel)
  requests.subscribe(listeners)
  keySources.subscribe(recordKeyEvent)
  return () => {
    requests.unsubscribe(listeners)
    keySources.unsubscribe(recordKeyEvent)
  }
}

function attributesOf({ step, framework, outcome, scheme, issuer, remembered, code }: RequestTrace): Attributes {
  return {
    'bearerkit.step': step,
    'bearerkit.framework': framework,
    'bearerkit.result': outcome,
    'bearerkit.scheme': scheme,
    'bearerkit.issuer': issuer,
    'bearerkit.remembered': remembered,
    'error.type': outcome === 'failed' ? '_OTHER' : code,
  }
}
