import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync, type BuildOptions } from 'esbuild'
import { root } from './documented-examples.ts'

const names = readdirSync(join(root, 'packages'))

/** The configurations for Jest that `docs/modules.md` shows, by their transformer. */
const jestConfigurations = [
  ...readFileSync(join(root, 'docs/modules.md'), 'utf8').matchAll(
    /^```js\n(\/\/ jest\.config\.js\n.*?(@swc\/jest|babel-jest).*?)^```$/gms,
  ),
].map(([, configuration, transformer]) => [String(transformer), String(configuration)] as const)

/** The files that `docs/testing.md` shows, by their names: an app, and a test of it for each runner. */
const userFiles = new Map(
  [...readFileSync(join(root, 'docs/testing.md'), 'utf8').matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)].map(
    ([, name, code]) => [String(name), String(code)] as const,
  ),
)

/** A command that runs one of these tests. Each ends by itself: no option ends a process that has open handles. */
const runners: Readonly<Record<string, readonly [file: string, args: readonly string[]]>> = {
  'node:test': ['node-test.test.mjs', ['--test']],
  'node:test and inject of Fastify': ['fastify.test.mjs', ['--test']],
  'node:test and an app that is configured from the environment': ['environment.test.mjs', ['--test']],
  Vitest: ['vitest.test.mjs', ['node_modules/vitest/vitest.mjs', 'run']],
  'Jest with ES modules': [
    'jest-esm.test.mjs',
    ['--experimental-vm-modules', join(root, 'node_modules/jest/bin/jest.js'), '--detectOpenHandles', '--config={}'],
  ],
}

const frameworks = ['express@5', 'koa@3', 'fastify@5', '@nestjs/platform-express@12']

/** What `import.mjs` and `require.cjs` print. */
const answers = 'express 200 401\nkoa 200 401\nfastify 200 401\nnestjs 200 401\nnode 200 401\nfetch 200 401\n'

/** What runners print if a test leaves something open. */
const leftOpen = /open handles|did not exit|close timed out|hanging-process/

/** The environment without npm's variables, so that a test behaves the same under `npm test`. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
)

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe', env: environment, timeout: 100_000 })
}

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
}

/** Packages that NestJS imports only if they are installed. A bundler must leave them out. */
const optionalForNest = ['@nestjs/microservices', '@nestjs/websockets', 'class-validator', 'class-transformer']

/** How `import.mjs` and `require.cjs` are bundled into one file. CommonJS modules in a bundle of ES modules call `require`. */
const bundles: Readonly<Record<string, readonly [program: string, output: string, options: BuildOptions]>> = {
  'ES modules': [
    'import.mjs',
    'bundle.mjs',
    {
      format: 'esm',
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
      },
    },
  ],
  CommonJS: ['require.cjs', 'bundle.cjs', { format: 'cjs' }],
}

test.each(names)('@bearerkit/%s passes publint', (name) => {
  const output = run(process.execPath, ['node_modules/publint/src/cli.js', 'run', `packages/${name}`, '--strict'], root)
  expect(output).toContain('All good!')
})

test.each(names)('@bearerkit/%s ships its license and a README', (name) => {
  expect(readFileSync(join(root, 'packages', name, 'LICENSE'), 'utf8')).toBe(
    readFileSync(join(root, 'LICENSE'), 'utf8'),
  )
  expect(readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')).toContain(`# @bearerkit/${name}`)
})

test.each(names)('@bearerkit/%s has keywords, and is built before it is packed', (name) => {
  expect(manifestOf(name)).toMatchObject({
    keywords: expect.arrayContaining(['jwks']) as string[],
    scripts: { prepack: 'tsc -b' },
  })
})

test.each(names)('@bearerkit/%s has the version of core, and depends on exactly this version of the others', (name) => {
  const { version, dependencies } = manifestOf(name)
  const ours = Object.entries(dependencies).filter(([dependency]) => dependency.startsWith('@bearerkit/'))
  expect(new Set([version, ...ours.map(([, range]) => range)])).toEqual(new Set([manifestOf('core').version]))
})

test('core depends only on jose and lru-cache', () => {
  expect(Object.keys(manifestOf('core').dependencies)).toEqual(['jose', 'lru-cache'])
})

describe('the packed packages, installed in an empty folder', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bearerkit-consumer-'))
    cpSync(join(__dirname, 'consumer'), folder, { recursive: true })
    for (const [name, code] of userFiles) writeFileSync(join(folder, name), code)
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    const packages = names.map((name) => `--workspace=packages/${name}`)
    // Without the scripts: `npm test` has built the packages.
    run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, ...packages], root)
    const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
    // Everything that `npm ci` fetched is in npm's cache, so this downloads nothing.
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
    run('npm', ['install', ...options, ...tarballs.map((file) => `./${file}`), ...frameworks, 'supertest@7'], folder)
    // The tools are linked instead of being installed again.
    for (const tool of ['@babel', '@jest', '@swc', '@types', 'babel-jest', 'vitest'])
      symlinkSync(join(root, 'node_modules', tool), join(folder, 'node_modules', tool), 'junction')
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(['import.mjs', 'require.cjs'])('protect an API through %s', (program) => {
    expect(run(process.execPath, [program], folder)).toBe(answers)
  })

  test.each(Object.entries(bundles))('protect an API in a bundle of %s', (_, [program, output, options]) => {
    const bundle = join(folder, 'bundles', output)
    const common: BuildOptions = { bundle: true, platform: 'node', external: optionalForNest, logLevel: 'silent' }
    buildSync({ ...common, ...options, entryPoints: [join(folder, program)], outfile: bundle })
    expect(run(process.execPath, [bundle], folder)).toBe(answers)
  })

  test.each(['workerd', 'edge-light', 'browser'])('import no module of Node in a bundle for %s', (condition) => {
    const { metafile } = buildSync({
      stdin: { contents: "export * from '@bearerkit/fetch'", resolveDir: folder },
      bundle: true,
      write: false,
      metafile: true,
      platform: 'neutral',
      mainFields: ['module', 'main'],
      // lru-cache has a build of its own for browsers.
      conditions: [condition, 'browser'],
      logLevel: 'silent',
    })
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([])
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('/platform/web/'))).not.toEqual([])
  })

  test('have types that resolve in every way of importing them', () => {
    const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
    const program = join(root, 'test/support/package-types.mjs')
    expect(JSON.parse(run(process.execPath, [program, ...tarballs], folder))).toEqual(
      Object.fromEntries(names.map((name) => [`@bearerkit/${name}`, []])),
    )
  })

  test.each(names)('have the sources in the source maps of @bearerkit/%s', (name) => {
    const dist = join(folder, 'node_modules/@bearerkit', name, 'dist')
    const maps = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.map'))
    expect(maps.length).toBeGreaterThan(0)
    for (const map of maps)
      expect(JSON.parse(readFileSync(join(dist, map), 'utf8'))).toMatchObject({ sourcesContent: [expect.any(String)] })
  })

  test('are the same modules for import and require()', () => {
    expect(run(process.execPath, ['both.mjs'], folder)).toBe('true true\n')
  })

  test.each(jestConfigurations)(
    'pass a CommonJS test of Jest as documented, with %s',
    (_, configuration) => {
      writeFileSync(join(folder, 'jest.config.js'), configuration)
      // One after the other: what the first has transformed is in the cache for the second.
      const options = ['--runInBand', '--detectOpenHandles', '--testRegex=\\.test\\.js$']
      const jest = [join(root, 'node_modules/jest/bin/jest.js'), ...options]
      const { status, stderr } = spawnSync(process.execPath, jest, { cwd: folder, env: environment, encoding: 'utf8' })
      expect(stderr).not.toMatch(leftOpen)
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('6 passed, 6 total') as string })
    },
    60_000,
  )

  test('have an example on the page on testing for each runner', () => {
    const tested = [...Object.values(runners).map(([file]) => file), 'jest.test.js']
    expect([...userFiles.keys()].filter((name) => name.includes('.test.')).toSorted()).toEqual(tested.toSorted())
  })

  test.each(Object.entries(runners))(
    "let a user's own test end by itself under %s",
    (_, [file, args]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...args, file], {
        cwd: folder,
        env: environment,
        encoding: 'utf8',
        timeout: 50_000,
      })
      expect({ status, stdout, stderr }).toMatchObject({ status: 0 })
      expect(stdout + stderr).toMatch(/# pass [1-9]|[1-9] passed/)
      expect(stdout + stderr).not.toMatch(leftOpen)
    },
    60_000,
  )

  test.each(['node16', 'nodenext'])(
    'have types for ES modules and for CommonJS under the module option %s',
    (option) => {
      cpSync(join(folder, 'types/app.mts'), join(folder, 'types/app.cts'))
      const compiler = join(root, 'node_modules/typescript/bin/tsc')
      const { stdout } = spawnSync(process.execPath, [compiler, '--project', 'types', '--module', option], {
        cwd: folder,
        encoding: 'utf8',
      })
      // Without skipLibCheck, the declarations of the frameworks are checked too, and some of them fail.
      const faults = stdout.split('\n').filter((line) => line !== '' && !line.includes('node_modules/@types/'))
      expect(faults).toEqual([])
    },
    30_000,
  )

  test('let a process end with an open test issuer', () => {
    expect(run(process.execPath, ['forgotten-issuer.mjs'], folder)).toBe('user-1\n')
  })
})
