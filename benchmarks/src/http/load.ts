import autocannon, { type Options, type Result } from 'autocannon'
import { percentile } from '../statistics.ts'
import type { RequestStripes } from './token-stripes.ts'

export interface LoadSample {
  /** Requests per second. */
  readonly rate: number
  /** The latency that 99 % of requests do not exceed, in milliseconds. */
  readonly p99: number
  readonly requests: number
}

export const connections = 16
const sampleInterval = 50
/** More than any server here can answer in a millisecond, over all connections. */
const mostAnswersPerMillisecond = 40

/** Returns how many requests a connection can need in this time at most. */
export function mostRequests(milliseconds: number, answersPerMillisecond: number = mostAnswersPerMillisecond): number {
  return Math.ceil(((milliseconds + 2 * sampleInterval) * answersPerMillisecond) / connections)
}

/**
 * Puts a server under load from this process. Every connection sends its next token as soon as it has its answer.
 * The clock runs from the first answer to the last.
 *
 * @throws if any answer is not a 200
 */
export async function load(url: string, stripes: RequestStripes, milliseconds: number): Promise<LoadSample> {
  const latencies: number[] = []
  let first = 0
  let last = 0
  let stripe = 0
  const mostPerConnection = mostRequests(milliseconds)
  const options: Options = {
    url,
    connections,
    duration: milliseconds / 1000,
    sampleInt: sampleInterval,
    setupClient: (client) => client.setRequests(stripes.requestsOf(stripe++, mostPerConnection)),
  }
  const { non2xx, errors, timeouts } = await new Promise<Result>((resolve, reject) => {
    const run = autocannon(options, (error: Error | null, result) => (error === null ? resolve(result) : reject(error)))
    run.on('response', (_client, _status, _bytes, latency) => {
      last = performance.now()
      if (latencies.length === 0) first = last
      latencies.push(latency)
    })
  })
  stripes.advance(latencies.length)
  if (non2xx + errors + timeouts > 0) throw new Error(`${non2xx} refusals, ${errors + timeouts} failures under load`)
  return {
    rate: ((latencies.length - 1) / (last - first)) * 1000,
    p99: percentile(latencies, 0.99),
    requests: latencies.length,
  }
}
