import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const root = join(__dirname, '..')

/** A fenced TypeScript example, in a Markdown page or in a docstring. */
export interface DocumentedExample {
  /** Its place: `README.md #2`. */
  readonly title: string
  readonly page: string
  readonly code: string
}

/** Returns every fenced TypeScript example in the documentation. */
export function documentedExamples(): DocumentedExample[] {
  // `docs/api` shows those of the docstrings again.
  const docs = filesIn(join(root, 'docs'), '.md').filter((file) => !file.startsWith(join(root, 'docs/api')))
  const pages = [...filesIn(root, '.md', false), ...docs, ...packageFiles()]
  return pages.flatMap((page) => examplesIn(page))
}

function packageFiles(): string[] {
  const packages = join(root, 'packages')
  return readdirSync(packages).flatMap((name) => [
    ...filesIn(join(packages, name), '.md', false),
    ...filesIn(join(packages, name, 'src'), '.ts'),
  ])
}

function filesIn(folder: string, ending: string, recursive = true): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
}

function examplesIn(path: string): DocumentedExample[] {
  const text = readFileSync(path, 'utf8')
  const page = relative(root, path)
  // In a docstring every line begins with an asterisk.
  const fences = text.matchAll(/^( *\* )?```ts\n(.*?)^\1?```$/gms)
  return [...fences].map(([, prefix, code], index) => ({
    title: `${page} #${index + 1}`,
    page,
    code: prefix === undefined ? String(code) : String(code).replaceAll(/^ *\* ?/gm, ''),
  }))
}

/**
 * Writes the examples as modules of TypeScript programs inside the repository, where our packages resolve. Most of them
 * form one program. A registration applies to a whole program, so each example with one is a separate program.
 *
 * @returns the folders of the programs, the common one first
 */
export function writePrograms(examples: readonly DocumentedExample[]): readonly [string, ...string[]] {
  const common = join(root, 'node_modules/.cache/documented-examples')
  rmSync(common, { recursive: true, force: true })
  writeProgram(
    common,
    examples.filter((example) => globalsOf(example) === undefined),
  )
  const registrations = new Set(examples.flatMap((example) => globalsOf(example) ?? []))
  const apart = [...registrations].map((registration, index) => {
    const folder = `${common}-registered/${index}`
    rmSync(folder, { recursive: true, force: true })
    writeProgram(
      folder,
      examples.filter((example) => globalsOf(example) === registration),
    )
    return folder
  })
  return [common, ...apart]
}

/**
 * Returns the declarations of an example that apply to its whole program: its registrations, and the `req.auth` of the
 * MCP SDK. The type of the claims is omitted because it is the same in all examples.
 */
function globalsOf({ code }: DocumentedExample): string | undefined {
  const [, members = ''] = /interface Register \{\n(.*?)\n {2}\}/s.exec(code) ?? []
  const registered = members.split('\n').filter((member) => /^ +(?:mode|property):/.test(member))
  const declared = [...registered, ...(code.match(/@modelcontextprotocol\/sdk\/server\/auth\/middleware/) ?? [])]
  return declared.length === 0 ? undefined : declared.join('\n')
}

function writeProgram(folder: string, examples: readonly DocumentedExample[]): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(compilerOptions))
  examples.forEach(({ title, code }) => {
    writeFileSync(join(folder, `${moduleName(title)}.ts`), `// ${title}\n${code}\nexport {}\n`)
  })
}

export function moduleName(title: string): string {
  return title.replaceAll(/[^\w]+/g, '-')
}

const compilerOptions = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    // For the decorators of Nest.
    experimentalDecorators: true,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    rootDir: '.',
    outDir: 'out',
    tsBuildInfoFile: null,
  },
  include: ['*.ts'],
}
