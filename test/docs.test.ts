import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DpopFault, TokenError, type TokenFault } from '@bearerkit/core'
import { transformSync } from 'esbuild'
import { ProofError } from '../packages/core/src/errors.ts'
import { dpopError } from '../packages/core/src/http/dpop/dpop-fault.ts'
import { type RefusalCode, refusalFor, RequestRefusedError } from '../packages/core/src/http/refusals/refusal.ts'
import { brokenLinksOf, linksOf } from './documented/links.ts'
import { documentedExamples, moduleName, root } from './documented-examples.ts'

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Returns the table rows of a page that begin with a name in backquotes. The backquotes are removed. */
function rows(page: string): string[][] {
  const lines = read(page).matchAll(/^\| `(?!code`|reason`).*\|$/gm)
  return [...lines].map(([line]) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

/** Returns the names of the members of a record or a union in a source file. */
function namesIn(file: string, start: RegExp, end: string, name: RegExp): string[] {
  const source = read(join('packages/core/src', file))
  const from = source.search(start)
  expect(from).toBeGreaterThan(0)
  return [...source.slice(from, source.indexOf(end, from)).matchAll(name)].map(([, found]) => String(found))
}

const tokenFaults = namesIn('errors.ts', /const tokenFaults/, '\n}', /^ {2}(\w+):/gm) as TokenFault[]
const certificateFaults = namesIn('http/mtls/certificate-fault.ts', /const faults/, '\n}', /^ {2}(\w+):/gm)
const codes = namesIn('http/refusals/refusal.ts', /export type RefusalCode/, '\n\n', /'(\w+)'/g) as RefusalCode[]
const dpopFaults = namesIn('http/dpop/dpop-fault.ts', /const faults/, '\n}', /^ {2}(\w+):/gm) as DpopFault[]
/** The codes of most faults of tokens and of all faults of proofs. They are never a reason. */
const sharedCodes = ['token_invalid', 'proof_invalid']
const ownCodes = [...read('packages/core/src/errors.ts').matchAll(/readonly code = '(\w+)'/g)].map(([, code]) =>
  String(code),
)

describe('the page on errors', () => {
  const documented = new Map(rows('docs/errors.md').map(([code = '', ...cells]) => [code, cells]))

  test('lists exactly the reasons and codes in the source', () => {
    const names = [...tokenFaults, ...dpopFaults, ...certificateFaults, ...codes, ...ownCodes]
    const listed = new Set(names.filter((name) => !sharedCodes.includes(name)))
    expect([...documented.keys()].toSorted()).toEqual([...listed].toSorted())
  })

  test.each(tokenFaults)('lists the actual code, status and error of the reason %s', (reason) => {
    const { code, status, error = '' } = refusalFor(new TokenError(reason), { realm: 'api' })
    expect(documented.get(reason)?.slice(0, 3)).toEqual([code, String(status), error])
  })

  test.each(certificateFaults)('lists the actual code, status and error of the reason %s', (reason) => {
    const { code, status, error = '' } = refusalFor(new ProofError(reason, ''), { realm: 'api' })
    expect(documented.get(reason)?.slice(0, 3)).toEqual([code, String(status), error])
  })

  test.each(dpopFaults)('lists the actual code, status and error of the reason %s', (reason) => {
    const { code, status, error = '' } = refusalFor(dpopError(reason), { realm: 'api' })
    expect(documented.get(reason)?.slice(0, 3)).toEqual([code, String(status), error])
  })

  test.each(codes.filter((code) => !sharedCodes.includes(code)))(
    'lists the actual status and error of the code %s',
    (code) => {
      const { reason, status, error = '' } = new RequestRefusedError(code, { realm: 'api' })
      expect([reason, ...(documented.get(code)?.slice(0, 3) ?? [])]).toEqual([code, code, String(status), error])
    },
  )
})

test('the pages on keys and their sources list every option and every event of remote keys', () => {
  const page = read('docs/keys.md') + read('docs/key-sources.md')
  const options = namesIn('keys/remote/remote-key-options.ts', /interface RemoteKeyOptions/, '\n}', /^ {2}(\w+)\?:/gm)
  const events = namesIn('keys/remote/source-events.ts', /interface KeySourceEvents/, '\n}', /^ {2}(\w+): \[/gm)
  expect(options.length).toBeGreaterThan(10)
  expect(events.length).toBeGreaterThan(5)
  for (const name of [...options, ...events]) expect(page).toContain(`\`${name}\``)
})

const replicaEvents = namesIn('replication/replica-events.ts', /interface ReplicaEvents/, '\n}', /^ {2}(\w+): \[/gm)
const replicaOptions = namesIn('replication/replica-options.ts', /interface ReplicaOptions/, '\n}', /^ {2}(\w+)\?:/gm)

test('the page on fleets lists every option and every event of stored keys', () => {
  const page = read('docs/fleet.md')
  const options = namesIn(
    'keys/stored/stored-key-options.ts',
    /interface StoredKeyProviderOptions/,
    '\n}',
    /^ {2}(\w+)\??:/gm,
  )
  const events = namesIn('keys/stored/stored-key-events.ts', /interface StoredKeyEvents/, '\n}', /^ {2}(\w+): \[/gm)
  expect([options.length > 2, replicaOptions.length > 4, events.length > 3]).toEqual([true, true, true])
  for (const name of [...options, ...replicaOptions, ...events, ...replicaEvents]) expect(page).toContain(`\`${name}\``)
})

test('the page on revocation lists every option and every event of revocations', () => {
  const page = read('docs/revocation.md')
  const options = namesIn('revocation/revocation-options.ts', /interface RevocationsOptions/, '\n}', /^ {2}(\w+)\?:/gm)
  const events = namesIn('revocation/revocation-events.ts', /interface RevocationEvents/, '\n}', /^ {2}(\w+): \[/gm)
  expect([options.length > 3, events.length > 2]).toEqual([true, true])
  for (const name of [...options, ...replicaOptions, ...events, ...replicaEvents]) expect(page).toContain(`\`${name}\``)
})

/** The pages that are written by hand: `docs/api` is made from the docstrings. */
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md') && !file.startsWith('api/'))
  .map((file) => `docs/${file}`)

const packageReadmes = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)
const ownPages = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'benchmarks/README.md',
  '.changeset/README.md',
]
const pages = [...ownPages, ...docs, ...packageReadmes]

test.each(pages)('the links of %s are not broken', (page) => {
  expect(brokenLinksOf(page)).toEqual([])
})

test.each(pages)('%s has at most 250 lines', (page) => {
  expect(read(page).split('\n').length - 1).toBeLessThanOrEqual(250)
})

/** The pages that a reader reaches from a page by one link, or by two. */
function within(links: number, page: string): Set<string> {
  if (links === 0 || !page.endsWith('.md')) return new Set([page])
  return new Set([page, ...linksOf(page).flatMap(({ target }) => [...within(links - 1, target)])])
}

test('the first screen of the README shows why a token is refused', () => {
  const [screen = ''] = read('README.md').split('\n## ')
  expect(screen).toMatch(/^\$ npx @bearerkit\/cli explain .*\n(.*\n)*refused: /m)
})

test('two links lead from the README to every page', () => {
  const reached = within(2, 'README.md')
  expect(docs.filter((page) => !reached.has(page))).toEqual([])
})

test('one link leads from the README to each provider, and from the index of the documentation to each page', () => {
  const providers = docs.filter((page) => page.startsWith('docs/providers/'))
  expect(providers.filter((page) => !within(1, 'README.md').has(page))).toEqual([])
  expect(docs.filter((page) => !within(1, 'docs/README.md').has(page))).toEqual([])
})

test.each(['ISSUE_TEMPLATE/bug.yml', 'ISSUE_TEMPLATE/feature.yml', 'pull_request_template.md'])(
  'the template %s warns against pasting tokens, and asks for the output of the command line',
  (template) => {
    const text = read(join('.github', template))
    expect(text).toContain('Do not paste tokens')
    expect(text).toMatch(/bearerkit explain`.*bearerkit doctor`/s)
  },
)

test('the capabilities of other packages are those of packages whose options the pages on migrating compare', () => {
  const compared = ['migrating', 'migrating-fastify'].flatMap((page) =>
    [...read(`docs/${page}.md`).matchAll(/^\| (\S+) +\| here /gm)].map(([, name]) => String(name)),
  )
  const cells = [...read('docs/comparison.md').matchAll(/^\|[^|]*\|[^|]*\| ([^|]*?) +\|$/gm)].map(([, cell]) =>
    String(cell),
  )
  const named = cells.flatMap((cell) => cell.match(/@?[a-z][\w/]*(?:-[\w]+)+|@\w+\/\w+/g) ?? [])
  expect(new Set(named).size).toBeGreaterThan(7)
  for (const name of named) expect(compared).toContain(name)
})

describe('the tests that the pages show', () => {
  const shown = documentedExamples().filter(({ code }) => code.includes("'node:test'"))

  test('exist for each framework', () => {
    expect(shown.map(({ page }) => page)).toEqual(
      expect.arrayContaining(['docs/express.md', 'docs/koa.md', 'docs/fastify.md', 'docs/node.md']),
    )
  })

  test.each(shown)(
    '$title passes',
    ({ title, code }) => {
      const folder = join(root, 'node_modules/.cache/documented-tests')
      mkdirSync(folder, { recursive: true })
      const program = join(folder, `${moduleName(title)}.mjs`)
      writeFileSync(program, transformSync(code, { loader: 'ts' }).code)
      const { status, stdout } = spawnSync(process.execPath, ['--test-reporter=tap', program], { encoding: 'utf8' })
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/# pass [1-9]/) as string })
    },
    20_000,
  )
})
