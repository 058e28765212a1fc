import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const root = join(__dirname, '..')

/** A fenced TypeScript example, in a Markdown page or in a docstring. */
export interface DocumentedExample {
  /** Where it stands: `README.md #2`. */
  readonly title: string
  readonly page: string
  readonly code: string
}

/** Every fenced TypeScript example that users can come upon. */
export function documentedExamples(): DocumentedExample[] {
  const pages = [...filesIn(root, '.md', false), ...filesIn(join(root, 'docs'), '.md'), ...packageFiles()]
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

/** Writes the examples as modules of one TypeScript project inside the repository, where our packages resolve. */
export function writeProject(examples: readonly DocumentedExample[]): string {
  const project = join(root, 'node_modules/.cache/documented-examples')
  rmSync(project, { recursive: true, force: true })
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(compilerOptions))
  examples.forEach(({ title, code }) => {
    writeFileSync(join(project, `${moduleName(title)}.ts`), `// ${title}\n${code}\nexport {}\n`)
  })
  return project
}

export function moduleName(title: string): string {
  return title.replaceAll(/[^\w]+/g, '-')
}

const compilerOptions = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    rootDir: '.',
    outDir: 'out',
    tsBuildInfoFile: null,
  },
  include: ['*.ts'],
}
