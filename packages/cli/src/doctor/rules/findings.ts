import type { Finding } from '../../frame/finding.ts'
import type { Examination } from '../examination.ts'
import { cacheFindings } from './cache.ts'
import { clockFindings } from './clock.ts'
import { keyFindings } from './keys.ts'
import { metadataFindings } from './metadata.ts'
import { transportFindings } from './transport.ts'

/** A rule says what is wrong or odd with an issuer. */
type Rule = (examination: Examination) => readonly Finding[]

const rules: readonly Rule[] = [transportFindings, metadataFindings, keyFindings, cacheFindings, clockFindings]

export function findingsOn(examination: Examination): readonly Finding[] {
  const findings = rules.flatMap((rule) => rule(examination))
  const { error } = examination.verifier
  const isExplained = error === undefined || findings.some(({ level }) => level === 'wrong')
  return isExplained ? findings : [...findings, { level: 'wrong', code: 'issuer_unusable', message: `${error}.` }]
}
