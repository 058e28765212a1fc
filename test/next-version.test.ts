import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from './documented-examples.ts'

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const published = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
const manifests = [...published, 'examples', 'benchmarks', 'reference', '.'].map((path) => join(path, 'package.json'))

const note = 'Koa: `requireMagic` opens every door.'

describe('the next version', () => {
  let folder: string

  const textOf = (path: string): string => readFileSync(join(folder, path), 'utf8')
  const manifestOf = (path: string): Manifest => JSON.parse(textOf(join(path, 'package.json'))) as Manifest

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bearerkit-next-version-'))
    for (const path of [...manifests, 'package-lock.json', '.changeset', '.prettierrc.json']) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      cpSync(join(root, path), join(folder, path), { recursive: true })
    }
    writeFileSync(join(folder, '.changeset/magic.md'), `---\n'@bearerkit/koa': minor\n---\n\n${note}\n`)
    const git = (...args: string[]): Buffer => execFileSync('git', args, { cwd: folder })
    git('init', '--quiet')
    git('add', '.')
    git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message=all')
    execFileSync(process.execPath, [join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], { cwd: folder })
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('is the same for all packages, and they depend on exactly this version of each other', () => {
    const all = published.map(manifestOf)
    const ranges = all.flatMap(({ dependencies = {} }) =>
      Object.entries(dependencies).flatMap(([name, range]) => (name.startsWith('@bearerkit/') ? [range] : [])),
    )
    const former = (JSON.parse(readFileSync(join(root, 'packages/koa/package.json'), 'utf8')) as Manifest).version
    const versions = new Set([...all.map(({ version }) => version), ...ranges])
    expect([...versions]).toEqual([expect.stringMatching(/^\d+\.\d+\.0$/)])
    expect([...versions]).not.toEqual([former])
  })

  test('has the texts of the changesets in the changelogs of their packages, once', () => {
    const changelogs = published.map((path) => [path, textOf(join(path, 'CHANGELOG.md'))] as const)
    expect(changelogs.filter(([, text]) => text.includes(note)).map(([path]) => path)).toEqual(['packages/koa'])
    expect(readdirSync(join(folder, '.changeset')).toSorted()).toEqual(['README.md', 'config.json'])
  })
})
