import { type KeyStore, memoryStore, RemoteJwksKeyProvider, Revocations, StoredKeyProvider } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { protect, requireScopes, verifyJwt } from '@bearerkit/fetch'
import {
  AggregationTemporality,
  type HistogramMetricData,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { recordHealth } from '../src/health-metrics.ts'
import { recordTelemetry } from '../src/telemetry.ts'

/** Collects metrics when it is asked to. */
function collecting(): { meters: MeterProvider; collect: () => Promise<readonly MetricData[]> } {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meters = new MeterProvider({ readers: [reader] })
  const collect = async (): Promise<readonly MetricData[]> => {
    exporter.reset()
    await meters.forceFlush()
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  }
  return { meters, collect }
}

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await createTestIssuer()
})
afterAll(() => issuer.close())

test('the SDK of OpenTelemetry gets a duration and a span for every decision, and no subject', async () => {
  const { meters, collect } = collecting()
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

  const recorded = await collect()
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

test('the SDK of OpenTelemetry gets the state and the age of key sources and stores', async () => {
  const { meters, collect } = collecting()
  let [now, isDown] = [1_800_000_000_000, false]
  const clock = { now: () => now }
  const store = memoryStore()
  const faulty: KeyStore = {
    name: store.name,
    prefix: store.prefix,
    isInProcess: true,
    write: (...change) => store.write(...change),
    read: (options) => (isDown ? Promise.reject(new Error('connect ECONNREFUSED')) : store.read(options)),
  }
  const idp = new RemoteJwksKeyProvider({ issuer: issuer.issuer })
  const keys = await StoredKeyProvider.open({ store: faulty, clock })
  const revocations = await Revocations.open({ longestTokenLifetime: '1h' })
  const stop = recordHealth(meters.getMeter('bearerkit'), { idp, keys, revocations })
  const seen = async (): Promise<unknown[]> => {
    const recorded = await collect()
    const named = (wanted: string): MetricData['dataPoints'] =>
      recorded.find(({ descriptor: { name } }) => name === wanted)?.dataPoints ?? []
    const current = named('bearerkit.health.state').filter(({ value }) => value === 1)
    const ages = new Map(
      named('bearerkit.health.age').map(({ attributes, value }) => [attributes['bearerkit.name'], Number(value)]),
    )
    return current.map(({ attributes: { 'bearerkit.name': name, 'bearerkit.state': state } }) => {
      const age = ages.get(name)
      return [name, state, age === undefined ? undefined : Math.floor(age / 60)]
    })
  }

  expect(await seen()).toEqual([
    ['idp', 'cold', undefined],
    ['keys', 'fresh', 0],
    ['revocations', 'fresh', 0],
  ])
  await idp.ready()
  isDown = true
  await expect(keys.refresh()).rejects.toThrow('store')
  now += 120_000
  expect(await seen()).toEqual([
    ['idp', 'fresh', 0],
    ['keys', 'stale', 2],
    ['revocations', 'fresh', 0],
  ])
  now += 3_600_000
  expect((await seen())[1]).toEqual(['keys', 'expired', 62])
  stop()
  now += 60_000
  // The SDK repeats the last values.
  expect((await seen())[1]).toEqual(['keys', 'expired', 62])
  idp.close()
  await Promise.all([keys.close(), revocations.close(), meters.shutdown()])
})
