import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/**
 * Imports modules that no package exports, such as the support of the tests, which has no build.
 *
 * @param modules their paths in the repository
 */
export async function bundled<Exports>(modules: readonly string[]): Promise<Exports> {
  const resolveDir = fileURLToPath(new URL('../..', import.meta.url))
  const contents = modules.map((module) => `export * from './${module}'`).join(';')
  const folder = await mkdtemp(join(tmpdir(), 'bearerkit-bench-'))
  const outfile = join(folder, 'bundled.mjs')
  try {
    await build({ stdin: { contents, resolveDir }, outfile, bundle: true, platform: 'node', format: 'esm' })
    return (await import(pathToFileURL(outfile).href)) as Exports
  } finally {
    await rm(folder, { recursive: true })
  }
}
