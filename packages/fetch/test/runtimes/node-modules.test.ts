import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const repository = join(__dirname, '../../../..')

test('the page on runtimes names every module of Node that the package needs, and no other', async () => {
  const { metafile } = await build({
    entryPoints: [
      join(repository, 'packages/fetch/src/index.ts'),
      join(repository, 'packages/fetch/src/hono/index.ts'),
    ],
    outdir: 'out',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@bearerkit/source'],
    logLevel: 'silent',
  })
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  const needed = imported.filter((path) => path.startsWith('node:')).map((path) => String(path.split('/', 1)[0]))
  const page = readFileSync(join(repository, 'docs/fetch.md'), 'utf8')
  const [, section = ''] = /^## Runtimes$(.*?)^###/ms.exec(page) ?? []
  const named = [...section.matchAll(/`(node:\w+)`/g)].map(([, name]) => String(name))
  expect(new Set(needed)).toEqual(new Set(named))
})
