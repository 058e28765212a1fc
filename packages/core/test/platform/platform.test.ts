import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const source = join(__dirname, '../../src')
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))

/** Without comments, in which anything may be named. */
function codeOf(path: string): string {
  return readFileSync(join(source, path), 'utf8').replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, '')
}

/** What other runtimes may lack. Imports of types do not count: nothing is left of them at run time. */
const takings: Readonly<Record<string, (code: string) => boolean>> = {
  'a module of Node': (code) => /^(?:import|export|\}) (?!type )[^\n]*from 'node:/m.test(code),
  'the global `Buffer`': (code) => usesGlobal(code, 'Buffer'),
  'the global `process`': (code) => usesGlobal(code, 'process'),
  'the global `setImmediate`': (code) => usesGlobal(code, 'setImmediate'),
}

function usesGlobal(code: string, name: string): boolean {
  const isImported = new RegExp(`^import \\{[^}]*\\b${name}\\b[^}]*\\} from '[./]+platform\\.ts'`, 'm').test(code)
  return !isImported && new RegExp(`(?<!function |[./\\w])${name}[.(]`).test(code)
}

const isOfNode = (path: string): boolean => path.startsWith(join('platform', 'node'))

test.each(Object.entries(takings))('only the platform takes %s from Node', (_what, takes) => {
  expect(files.filter((path) => !isOfNode(path) && takes(codeOf(path)))).toEqual([])
})

test('what is taken is recognized', () => {
  expect(takings['a module of Node']?.(codeOf('platform/node/index.ts'))).toBe(true)
  expect(takings['the global `process`']?.(codeOf('platform/node/process.ts'))).toBe(true)
  expect(takings['the global `Buffer`']?.('const one = Buffer.alloc(1)')).toBe(true)
})
