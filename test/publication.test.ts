import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { linksOf } from './documented/links.ts'
import { root } from './documented-examples.ts'

interface Job {
  readonly needs?: string
  readonly permissions: Readonly<Record<string, string>>
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly env?: object }[]
}

interface Workflow {
  readonly on: unknown
  readonly permissions: object
  readonly jobs: Readonly<Record<'test' | 'publish', Job>>
}

const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
const readmes = packages.map((path) => `${path}/README.md`)
const { version } = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8')) as { version: string }

const variables = {
  GITHUB_SERVER_URL: 'https://git.example.com',
  GITHUB_REPOSITORY: 'acme/keys',
  GITHUB_REF_NAME: `v${version}`,
}
const address = 'https://git.example.com/acme/keys'

/** Copies what the script reads. Without sources it is quick, but for the one that a README links to. */
function copyOfPackages(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bearerkit-publication-'))
  const linked = readmes.flatMap((readme) => linksOf(readme).map(({ target }) => target))
  const manifests = packages.map((path) => `${path}/package.json`)
  for (const path of new Set(['release/name-repository.mjs', ...manifests, ...readmes, ...linked]))
    cpSync(join(root, path), join(folder, path))
  return folder
}

function nameRepository(folder: string, env: Readonly<Record<string, string>>): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['release/name-repository.mjs'], { cwd: folder, env, encoding: 'utf8' })
}

function manifestsIn(folder: string): object[] {
  return packages.map((path) => JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8')) as object)
}

describe('the packages that are published', () => {
  let folder: string
  let named: SpawnSyncReturns<string>

  beforeAll(() => {
    folder = copyOfPackages()
    named = nameRepository(folder, variables)
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('name the repository and their folder in it, and nothing else in them changes', () => {
    expect(named).toMatchObject({ status: 0, stderr: '' })
    const expected = manifestsIn(root).map((manifest, index) => ({
      ...manifest,
      repository: { type: 'git', url: `git+${address}.git`, directory: packages[index] },
    }))
    expect(manifestsIn(folder)).toEqual(expected)
  })

  test.each(readmes)('have absolute links in %s, to files of their tag', (readme) => {
    const text = readFileSync(join(folder, readme), 'utf8')
    const prefix = `](${address}/blob/v${version}/`
    const links = text.match(/\]\(https:\/\/git\.example\.com[^)]*\)/g) ?? []
    const expected = linksOf(readme)
      .filter(({ link }) => !link.startsWith('](#'))
      .map(({ target, fragment }) => `${prefix}${target}${fragment === undefined ? '' : `#${fragment}`})`)
    expect(links.length).toBeGreaterThan(0)
    expect(links).toEqual(expected)
    const files = links.map((link) => link.slice(prefix.length, -1).replace(/#.*$/, ''))
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
    // What is left are links to sections of the same page.
    expect(text).not.toMatch(/\]\((?!https:|#)/)
  })
})

describe('packages that cannot be published are left as they are', () => {
  let folder: string

  beforeAll(() => {
    folder = copyOfPackages()
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  afterEach(() => {
    expect(manifestsIn(folder)).toEqual(manifestsIn(root))
    for (const readme of readmes)
      expect(readFileSync(join(folder, readme), 'utf8')).toBe(readFileSync(join(root, readme), 'utf8'))
  })

  test.each(Object.keys(variables))('without %s', (missing) => {
    const { [missing as keyof typeof variables]: _, ...others } = variables
    expect(nameRepository(folder, others)).toMatchObject({
      status: 1,
      stderr: `${missing} is not set. GitHub Actions sets it: run this in the workflow that publishes.\n`,
    })
  })

  test('if the tag is not their version', () => {
    expect(nameRepository(folder, { ...variables, GITHUB_REF_NAME: 'v9.9.9' })).toMatchObject({
      status: 1,
      stderr: `The tag is v9.9.9, but @bearerkit/cli has the version ${version}: its tag is v${version}.\n`,
    })
  })

  test('if a link leads nowhere', () => {
    rmSync(join(folder, 'docs/koa.md'))
    expect(nameRepository(folder, variables)).toMatchObject({
      status: 1,
      stderr: 'A link of packages/koa/README.md leads nowhere: ../../docs/koa.md\n',
    })
  })
})

describe('the workflow that publishes', () => {
  const text = readFileSync(join(root, '.github/workflows/publish.yml'), 'utf8')
  const { on, permissions, jobs } = parse(text) as Workflow
  const commandsOf = ({ steps }: Job): string[] => steps.flatMap(({ run }) => run ?? [])

  test('runs on a version tag alone', () => {
    expect(on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } })
  })

  test("runs the README's two commands before the job that publishes", () => {
    const readme = readFileSync(join(root, '.ci/run'), 'utf8')
    const commands = [...readme.matchAll(/^npm ci && .*$/gm)].map(([command]) => command)
    expect(commands).toHaveLength(2)
    expect(commandsOf(jobs.test)).toEqual(commands)
    expect(jobs.publish.needs).toBe('test')
  })

  test('publishes what was built, after the repository is named, with provenance', () => {
    expect(commandsOf(jobs.publish)).toEqual([
      'npm ci --ignore-scripts',
      'npm run build',
      'node release/name-repository.mjs',
      'npx changeset publish --no-git-tag',
    ])
    expect(jobs.publish.steps.at(-1)?.env).toEqual({ NPM_CONFIG_PROVENANCE: 'true' })
  })

  test('may only read the repository, and only the job that publishes has an identity', () => {
    expect({ permissions, test: jobs.test.permissions, publish: jobs.publish.permissions }).toEqual({
      permissions: {},
      test: { contents: 'read' },
      publish: { contents: 'read', 'id-token': 'write' },
    })
    expect(text).not.toContain('secrets.')
  })

  test('runs actions of exactly one commit', () => {
    const actions = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
    expect(actions).toHaveLength(3)
    expect(actions.filter((action) => !/^actions\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([])
  })
})
