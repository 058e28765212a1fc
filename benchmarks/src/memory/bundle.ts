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
  const one = `export { verifyJwt } from '${adapter}'`
  const verifyJwt = { who: `verifyJwt of ${adapter}`, value: await kilobytesOf(one, dependencies) }
  const complete = { who: 'with dependencies', value: await kilobytesOf(one, []) }
  const everything = { who: 'with all exports', value: await kilobytesOf(`export * from '${adapter}'`, dependencies) }
  return [
    withinLimit('bundle', 'kB', verifyJwt, kilobytesAllowed),
    ...[everything, complete].map((subject) => ({ name: 'bundle', unit: 'kB', subject, relativeTo: verifyJwt })),
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
