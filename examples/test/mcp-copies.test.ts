import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const installed = join(__dirname, '../../node_modules')
const sdk = 'node_modules/@modelcontextprotocol/sdk'
/** An application with a copy of the SDK that `@bearerkit/core` cannot import by name, as under pnpm. */
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bearerkit-mcp-'))
  cpSync(join(__dirname, 'mcp-copies'), folder, { recursive: true })
  mkdirSync(join(folder, sdk), { recursive: true })
  for (const part of [
    'package.json',
    'dist/esm/package.json',
    'dist/cjs/package.json',
    'dist/esm/server/auth',
    'dist/cjs/server/auth',
  ])
    cpSync(join(installed, '@modelcontextprotocol/sdk', part), join(folder, sdk, part), { recursive: true })
  for (const name of ['@bearerkit', 'express'])
    symlinkSync(join(installed, name), join(folder, 'node_modules', name), 'junction')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(program: string): { stdout: string; stderr: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, program)], { encoding: 'utf8', timeout: 20_000 })
  return { stdout, stderr }
}

/** The program and the SDK in one file. */
function bundled(program: string): string {
  const outfile = `bundle-of-${program}`
  buildSync({
    entryPoints: [join(folder, program)],
    outfile: join(folder, outfile),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    external: ['@bearerkit/*', 'express', './ask.cjs'],
  })
  return outfile
}

describe('toMcpVerifier has a bad token answered with 401 by a copy of the SDK of its own', () => {
  test.each([
    ['as ES modules', () => 'module.mjs'],
    ['as CommonJS', () => 'common.cjs'],
    ['in a bundle, whose error classes it is given', () => bundled('module-with-errors.mjs')],
  ])('%s', (_, program) => {
    expect(run(program())).toEqual({ stdout: '200\n401\n', stderr: '' })
  })
})

test('toMcpVerifier warns where it is not given the error classes of a bundle', () => {
  expect(run(bundled('module.mjs'))).toEqual({
    stdout: '200\n500\n',
    stderr: expect.stringContaining('toMcpVerifier: pass the error classes') as string,
  })
})
