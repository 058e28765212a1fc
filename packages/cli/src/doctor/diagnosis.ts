import type { ExitCode } from '../frame/exit-code.ts'
import type { Finding } from '../frame/finding.ts'
import type { Examination } from './examination.ts'
import type { Exchange } from './exchange.ts'
import { type CacheLifetime, cacheLifetime } from './rules/cache.ts'
import { type ClockDifference, clockDifference } from './rules/clock.ts'
import { findingsOn } from './rules/findings.ts'
import { publishedKeys } from './rules/published-key.ts'
import { shownUrl } from './shown-url.ts'

/** What `doctor` says about an issuer. Durations are in milliseconds. */
export interface Diagnosis {
  readonly issuer: string
  readonly healthy: boolean
  readonly metadata: readonly (Answer & { readonly found: boolean })[]
  readonly jwks: readonly Answer[]
  readonly keys: readonly KeySummary[]
  readonly cache: (CacheLifetime & { readonly header: string | undefined }) | undefined
  readonly clock: ClockDifference | undefined
  readonly verifier: { readonly keys: readonly string[]; readonly freshFor?: number; readonly error?: string }
  readonly findings: readonly Finding[]
}

/** An answer of the issuer, or that there was none. */
export interface Answer {
  readonly url: string
  readonly status: number | undefined
  readonly duration: number | undefined
  readonly isConditional: boolean
  readonly failure: string | undefined
}

/** Without the key itself. */
export interface KeySummary {
  readonly kid: string | undefined
  readonly kind: string
  readonly use: string | undefined
  readonly alg: string | undefined
  readonly setAside: string | undefined
}

export function diagnosisOf(examination: Examination): Diagnosis {
  const { issuer, metadata, jwks, verifier } = examination
  const [first] = jwks
  const findings = findingsOn(examination)
  return {
    issuer,
    healthy: verifier.error === undefined && findings.every(({ level }) => level !== 'wrong'),
    metadata: metadata.map(({ exchange, document }) => ({ ...answer(exchange), found: document !== undefined })),
    jwks: jwks.map(answer),
    keys: publishedKeys(examination).map(({ kid, kind, use, alg, setAside }) => ({ kid, kind, use, alg, setAside })),
    cache:
      first?.status === 200
        ? { header: first.headers.get('cache-control') ?? undefined, ...cacheLifetime(first) }
        : undefined,
    clock: clockDifference(examination),
    verifier: {
      keys: verifier.health.kids,
      ...(verifier.freshFor !== undefined && { freshFor: verifier.freshFor }),
      ...(verifier.error !== undefined && { error: verifier.error }),
    },
    findings,
  }
}

function answer({ url, status, duration, latency, isConditional, failure }: Exchange): Answer {
  const time = duration ?? latency
  return { url: shownUrl(url), status, duration: time && Math.round(time), isConditional, failure }
}

/** If nothing answered, it may be the network of this machine. */
export function exitCodeFor({ healthy, metadata, jwks }: Diagnosis): ExitCode {
  if (healthy) return 0
  return [...metadata, ...jwks].some(({ status }) => status !== undefined) ? 1 : 3
}
