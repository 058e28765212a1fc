import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import readChangesets from '@changesets/read'
import { apiReport } from './api/api-report.ts'
import { entries } from './api/entries.ts'
import { type Accepted, isUnnoted, type Note, stateOf } from './api/notes.ts'
import { root } from './documented-examples.ts'

const folder = join(root, 'api')
const fileOf = (entry: string): string => `${entry.replace('/', '-')}.txt`

/** With `npm run api` the reports are written anew. */
const isRenewing = process.env['API_REPORT'] === 'renew'

const acceptedFile = join(folder, 'accepted.json')
let accepted = JSON.parse(readFileSync(acceptedFile, 'utf8')) as Readonly<Record<string, Accepted>>

const whatToDo = `The public surface has changed. If that is intended, describe it for users with \`npx changeset\`, run \`npm run api\`, and
read what changes in the folder \`api\`. If it is not, a declaration has become visible or has changed its type.`

const whatIsMissing = `The public surface has changed, and no changeset says so. Add one with \`npx changeset\`: at least minor, for the package
whose surface it is.`

let notes: readonly Note[]

beforeAll(async () => {
  notes = await readChangesets(root)
})

test.each(entries)('the public surface of @bearerkit/%s changes only with its report', (entry, declarations) => {
  const file = join(folder, fileOf(entry))
  const report = apiReport(declarations)
  if (isRenewing) {
    if (isUnnoted(stateOf(entry, report, notes), accepted[entry])) throw new Error(whatIsMissing)
    writeFileSync(file, report)
  }
  try {
    expect(report).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '')
  } catch (difference) {
    throw new Error(`${whatToDo}\n\n${(difference as Error).message}`, { cause: difference })
  }
})

test('each report was accepted with a note for users: otherwise run `npm run api`', () => {
  const reports = entries.map(([entry]) => [entry, readFileSync(join(folder, fileOf(entry)), 'utf8')] as const)
  const states = reports.map(([entry, report]) => [entry, stateOf(entry, report, notes)] as const)
  const isNoted = states.every(([entry, state]) => !isUnnoted(state, accepted[entry]))
  if (isRenewing && isNoted) accepted = Object.fromEntries(states)
  if (isRenewing) writeFileSync(acceptedFile, `${JSON.stringify(accepted, null, 2)}\n`)
  const surfaces = Object.entries(accepted).map(([entry, { surface }]) => [entry, surface])
  expect(surfaces).toEqual(states.map(([entry, { surface }]) => [entry, surface]))
})

test('there is no report of an entry that no longer exists', () => {
  const reports = readdirSync(folder).filter((file) => file.endsWith('.txt'))
  expect(reports.toSorted()).toEqual(entries.map(([entry]) => fileOf(entry)).toSorted())
})

describe('a changed surface', () => {
  const note = (name: string, type: string, summary = 'adds a function'): Note => ({
    id: `${name}-${type}`,
    summary,
    releases: [{ name: `@bearerkit/${name}`, type }],
  })
  const before = [note('koa', 'minor')]
  const former = stateOf('koa', 'one', before)

  test.each<[string, readonly Note[], isUnnoted: boolean]>([
    ['without another changeset', before, true],
    ['with a changeset of another package', [...before, note('core', 'minor')], true],
    ['with a changeset that is only a patch', [...before, note('koa', 'patch')], true],
    ['with a minor changeset', [...before, { ...note('koa', 'minor'), id: 'another' }], false],
    ['with a major changeset', [...before, note('koa', 'major')], false],
    ['with a changeset that says more than before', [note('koa', 'minor', 'adds two functions')], false],
  ])('%s', (_, notesNow, expected) => {
    expect(isUnnoted(stateOf('koa', 'two', notesNow), former)).toBe(expected)
    expect(isUnnoted(stateOf('koa', 'one', notesNow), former)).toBe(false)
  })

  test('of a new package needs a changeset too', () => {
    expect(isUnnoted(stateOf('koa', 'one', []))).toBe(true)
    expect(isUnnoted(stateOf('koa', 'one', before))).toBe(false)
  })
})
