import { findingLine } from '../frame/finding.ts'
import type { Paint } from '../frame/paint.ts'
import { shown } from '../frame/shown.ts'
import { aligned } from '../frame/table.ts'
import { durationWords } from '../frame/time-words.ts'
import type { Answer, Diagnosis, KeySummary } from './diagnosis.ts'
import { rotationAdvice } from './rules/cache.ts'
import { clockWords } from './rules/clock.ts'

/** A JWKS may have thousands of keys. */
const mostKeys = 40

export function diagnosisText(diagnosis: Diagnosis, paint: Paint): string {
  const { metadata, jwks, keys, cache, clock, verifier, findings } = diagnosis
  return [
    ...section('Metadata', aligned(metadata.map(answerCells)), paint),
    ...section('JWKS', aligned(jwks.map(answerCells)), paint),
    ...section('Keys', keyLines(keys), paint),
    ...section('Cache', cache === undefined ? [] : cacheLines(cache, verifier.freshFor), paint),
    ...section('Clock', clock === undefined ? [] : [`  ${clockWords(clock)}`], paint),
    ...findings.map((finding) => findingLine(finding, paint)),
    ...(findings.length > 0 ? [''] : []),
    conclusion(diagnosis, paint),
  ].join('\n')
}

function section(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : [paint.strong(title), ...lines, '']
}

function answerCells({ url, status, duration, isConditional, failure }: Answer): readonly string[] {
  const time = duration === undefined ? '' : durationWords(duration)
  const note = isConditional ? ' (asked again, with its validator)' : ''
  return [String(status ?? '—'), time, `${url}${note}${failure === undefined ? '' : ` ${shown(failure, 100)}`}`]
}

function keyLines(keys: readonly KeySummary[]): readonly string[] {
  const rows = keys
    .slice(0, mostKeys)
    .map(({ kid, kind, use, alg, setAside }) => [
      kid === undefined ? '(no kid)' : shown(kid, 50),
      kind,
      shown(use ?? 'no use', 12),
      shown(alg ?? 'no alg', 20),
      setAside === undefined ? 'used' : `not used: ${shown(setAside, 100)}`,
    ])
  const rest = keys.length > mostKeys ? [`  … and ${keys.length - mostKeys} more`] : []
  return [...aligned(rows), ...rest]
}

function cacheLines(cache: NonNullable<Diagnosis['cache']>, freshFor: number | undefined): readonly string[] {
  const header = cache.header === undefined ? 'no Cache-Control' : `Cache-Control: ${shown(cache.header, 100)}`
  return [`  ${header}`, `  ${rotationAdvice(cache, freshFor)}`]
}

function conclusion({ healthy, keys, verifier: { error } }: Diagnosis, paint: Paint): string {
  if (error !== undefined) return paint.bad(`verifyJwt cannot use this issuer: ${shown(error, 500)}`)
  const used = keys.filter(({ setAside }) => setAside === undefined).length
  const use = `verifyJwt uses ${used === 1 ? 'its key' : `its ${used} keys`}`
  return healthy ? paint.good(`healthy: ${use}`) : paint.bad(`unhealthy, although ${use}`)
}
