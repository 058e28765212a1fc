import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeclarationFile } from './api/declaration-file.ts'
import { entries } from './api/entries.ts'
import { brokenLinksOf } from './documented/links.ts'
import { root } from './documented-examples.ts'

const committed = join(root, 'docs/api')

/** The pages in a folder: their text, by their path. */
function pagesIn(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'))
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
}

const pages = pagesIn(committed)

describe('the API reference, made again from the docstrings', () => {
  let folder: string
  let made: SpawnSyncReturns<string>

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bearerkit-reference-'))
    const options = ['--out', folder, '--logLevel', 'Warn']
    made = spawnSync('npm', ['run', '--silent', 'docs', '--', ...options], { cwd: root, encoding: 'utf8' })
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('has a docstring for every export, whose links lead somewhere', () => {
    const { status, stdout, stderr } = made
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('is the one in docs/api: otherwise run `npm run docs`', () => {
    const current = pagesIn(folder)
    if (current.size === 0) throw new Error('TypeDoc has made no pages: the test before this one shows why.')
    const paths = new Set([...current.keys(), ...pages.keys()])
    expect([...paths].filter((path) => current.get(path) !== pages.get(path))).toEqual([])
  })
})

test.each(entries)('the page on @bearerkit/%s has an entry for each of its exports', (entry, declarations) => {
  const page = pages.get(join(entry, 'README.md')) ?? ''
  const names = [...new DeclarationFile(declarations).exports.keys()]
  // A section, or a link to the page of a class or interface.
  const missing = names.filter((name) => !new RegExp(`^(### ${name}(\\(\\))?$|- \\[${name}\\]\\()`, 'm').test(page))
  expect({ exports: names.length > 0, missing }).toEqual({ exports: true, missing: [] })
})

test('the links of the API reference are not broken', () => {
  const broken = [...pages.keys()].flatMap((page) =>
    brokenLinksOf(join('docs/api', page)).map((link) => `${page}: ${link}`),
  )
  expect(broken).toEqual([])
})
