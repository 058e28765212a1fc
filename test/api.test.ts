import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiReport } from './api/api-report.ts'
import { entries } from './api/entries.ts'
import { root } from './documented-examples.ts'

const folder = join(root, 'api')
const fileOf = (entry: string): string => `${entry.replace('/', '-')}.txt`

const whatToDo = `The public surface has changed. If that is intended, run \`npm run api\`, read what changes in the folder \`api\`, and add a
line to CHANGELOG.md. If it is not, a declaration has become visible or has changed its type.`

test.each(entries)('the public surface of @bearerkit/%s changes only with its report', (entry, declarations) => {
  const file = join(folder, fileOf(entry))
  const report = apiReport(declarations)
  if (process.env['API_REPORT'] === 'renew') writeFileSync(file, report)
  try {
    expect(report).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '')
  } catch (difference) {
    throw new Error(`${whatToDo}\n\n${(difference as Error).message}`, { cause: difference })
  }
})

test('there is no report of an entry that no longer exists', () => {
  expect(readdirSync(folder).toSorted()).toEqual(entries.map(([entry]) => fileOf(entry)).toSorted())
})
