import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { protect, requireScopes, verifyJwt } from '@bearerkit/fetch'
import {
  AggregationTemporality,
  type HistogramMetricData,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { recordTelemetry } from '../src/telemetry.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await createTestIssuer()
})
afterAll(() => issuer.close())

test('the SDK of OpenTelemetry gets a duration and a span for every decision, and no subject', async () => {
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })
  const meters = new MeterProvider({ readers: [reader] })
  const spans = new InMemorySpanExporter()
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const stop = recordTelemetry(meters.getMeter('bearerkit'), tracers.getTracer('bearerkit'))

  const authenticate = verifyJwt({ issuer: issuer.issuer, audience: issuer.audience, isRevoked: async () => false })
  const api = protect([authenticate, requireScopes('reports:read')], () => new Response())
  const ask = (token: string): Promise<Response> =>
    api(new Request('https://api.example.com/', { headers: { authorization: `Bearer ${token}` } }))
  const good = await issuer.issue({ sub: 'a-secret-subject', scope: 'reports:read' })
  await ask(good)
  await ask(good)
  await ask(await issuer.issue({ sub: 'a-secret-subject' }))
  await ask(await issuer.forged.expired())
  stop()
  await ask(good)
  await meters.forceFlush()

  const recorded = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  const durations = recorded.find(({ descriptor }) => descriptor.name === 'bearerkit.request.duration')
  const points = (durations as HistogramMetricData).dataPoints.map(({ attributes, value }) => {
    const { 'bearerkit.step': step, 'bearerkit.result': result, 'bearerkit.remembered': remembered } = attributes
    return [step, result, remembered, attributes['error.type'], value.count]
  })
  expect(new Set(points)).toEqual(
    new Set([
      ['authentication', 'passed', false, undefined, 2],
      ['authentication', 'passed', true, undefined, 1],
      ['authentication', 'refused', false, 'token_expired', 1],
      ['guard', 'passed', undefined, undefined, 2],
      ['guard', 'refused', undefined, 'scope_insufficient', 1],
    ]),
  )
  expect(recorded.map(({ descriptor }) => descriptor.name)).toContain('bearerkit.key_source.events')
  expect(spans.getFinishedSpans()).toHaveLength(7)
  const [first] = spans.getFinishedSpans()
  expect(first?.attributes).toMatchObject({ 'bearerkit.framework': 'fetch', 'bearerkit.issuer': issuer.issuer })
  const shown = JSON.stringify([recorded, spans.getFinishedSpans().map(({ attributes }) => attributes)])
  expect(shown).not.toContain('a-secret-subject')
  await Promise.all([meters.shutdown(), tracers.shutdown()])
})
