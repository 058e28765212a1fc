import { readFileSync } from 'node:fs'
import { type Outcome, withinLimit } from '../figure.ts'

const allowed = ['jose', 'lru-cache']

/** The packages that core installs. */
export async function measure(): Promise<Outcome> {
  const manifest = new URL('../package.json', import.meta.resolve('@bearerkit/core'))
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies?: Record<string, string> }
  const subject = { who: Object.keys(dependencies).join(', '), value: Object.keys(dependencies).length }
  const limit = allowed.join(', ')
  return { figures: [withinLimit('dependencies of core', '', subject, allowed.length, limit)], notMeasured: [] }
}
