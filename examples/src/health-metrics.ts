import type { BatchObservableCallback, Meter } from '@opentelemetry/api'

/** A `RemoteJwksKeyProvider`, a `StoredKeyProvider` or `Revocations`. */
export interface Watched {
  health(): { readonly state: string; readonly age: number | undefined }
}

/** The states of published keys. A copy of a store is `fresh`, `stale` or `expired`. */
const states = ['cold', 'fresh', 'ageing', 'stale', 'expired'] as const

/**
 * Records the state of key sources and stores as OpenTelemetry metrics, whenever metrics are collected:
 *
 * - `bearerkit.health.state`, a gauge that is 1 for the current state and 0 for all others
 * - `bearerkit.health.age`, a gauge of the seconds since the last successful fetch or read
 *
 * Calling `health()` fetches and reads nothing.
 *
 * @param watched by the names that the dashboard shows
 * @returns a function that stops recording
 */
export function recordHealth(meter: Meter, watched: Readonly<Record<string, Watched>>): () => void {
  const state = meter.createObservableGauge('bearerkit.health.state')
  const age = meter.createObservableGauge('bearerkit.health.age', { unit: 's' })

  const observe: BatchObservableCallback = (result) => {
    for (const [name, one] of Object.entries(watched)) {
      const health = one.health()
      const attributes = { 'bearerkit.name': name }
      for (const possible of states)
        result.observe(state, possible === health.state ? 1 : 0, { ...attributes, 'bearerkit.state': possible })
      // Unknown before the first fetch.
      if (health.age !== undefined) result.observe(age, health.age, attributes)
    }
  }
  meter.addBatchObservableCallback(observe, [state, age])
  return () => meter.removeBatchObservableCallback(observe, [state, age])
}
