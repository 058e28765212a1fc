import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../test/documented-examples.ts'

test('docs/cli.md describes every code of a finding of doctor, and no other', () => {
  const rules = join(__dirname, '../src/doctor/rules')
  const sources = readdirSync(rules).map((file) => readFileSync(join(rules, file), 'utf8'))
  const codes = [...sources.join('').matchAll(/code: (?:weak \? )?'(\w+)'(?: : '(\w+)')?/g)].flatMap(
    ([, ...named]) => named,
  )
  const table = readFileSync(join(root, 'docs/cli.md'), 'utf8').matchAll(/^\| `(\w+)` +\| `(?:wrong|odd|note)`/gm)
  const used = new Set(codes.filter((code) => code !== undefined))
  expect([...table].map(([, code]) => String(code)).toSorted()).toEqual([...used].toSorted())
})
