import type { Measurement } from '../server/measurements.ts'

const minute = 60_000

/**
 * Returns how fast the live memory of a process grows, in megabytes per minute: the slope of the line that fits the second half
 * of the measurements best (least squares). During the first half, caches fill and code is compiled.
 */
export function growthPerMinute(measurements: readonly Pick<Measurement, 'at' | 'live'>[]): number {
  const settled = measurements.slice(Math.floor(measurements.length / 2))
  const at = mean(settled.map((one) => one.at))
  const live = mean(settled.map((one) => one.live))
  const covariance = mean(settled.map((one) => (one.at - at) * (one.live - live)))
  const variance = mean(settled.map((one) => (one.at - at) ** 2))
  return variance === 0 ? 0 : (covariance / variance) * minute
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
