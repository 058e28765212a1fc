import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Figure, type Outcome, withinLimit } from '../figure.ts'

const adapters = ['@bearerkit/express', '@bearerkit/koa', '@bearerkit/fastify']
const dependencies = ['jose', 'lru-cache', 'fastify-plugin']
const kilobytesAllowed = 100

/** The size of each adapter in the bundle of an application. */
export async function measure(): Promise<Outcome> {
  return { figures: (await Promise.all(adapters.map(figuresOf))).flat(), notMeasured: [] }
}

async function figuresOf(adapter: string): Promise<Figure[]> {
  const everything = await kilobytesOf(`export * from '${adapter}'`, dependencies)
  const verifyJwt = `export { verifyJwt } from '${adapter}'`
  const alone = { who: 'without dependencies', value: await kilobytesOf(verifyJwt, dependencies) }
  const complete = { who: 'with dependencies', value: await kilobytesOf(verifyJwt, []) }
  return [
    withinLimit('bundle with core', 'kB', { who: adapter, value: everything }, kilobytesAllowed),
    { name: `bundle of verifyJwt, ${adapter}`, unit: 'kB', subject: complete, relativeTo: alone },
  ]
}

async function kilobytesOf(program: string, external: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    // Modules are resolved from here, where they are installed.
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external: [...external],
  })
  return outputFiles.reduce((sum, { contents }) => sum + contents.length, 0) / 1000
}
