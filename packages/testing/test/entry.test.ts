import { build } from 'esbuild'
import { join } from 'node:path'

/** Returns the modules that an entry of the package imports from elsewhere. */
async function importsOf(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(__dirname, '../src', entry)],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
  })
  const paths = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  return [...new Set(paths)].filter((path) => !path.startsWith('node:')).toSorted()
}

test('the kit imports core alone: no test runner, no supertest', async () => {
  expect(await importsOf('index.ts')).toEqual(['@bearerkit/core'])
})

test('the contract suites import supertest', async () => {
  expect(await importsOf('contract/index.ts')).toEqual(['@bearerkit/core', 'supertest'])
})
