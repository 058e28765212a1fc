import { join } from 'node:path'
import { EdgeVM } from '@edge-runtime/vm'
import { build } from 'esbuild'
import type { Runtime } from '../../plain-app.ts'

/** The conditions that the bundlers of edge platforms set. */
export const edgeConditions: Readonly<Record<string, readonly string[]>> = {
  'Cloudflare Workers': ['workerd', 'worker', 'browser'],
  'Vercel Edge': ['edge-light', 'worker', 'browser'],
}

interface EdgeBundle {
  readonly code: string
  /** What the code imports at run time. */
  readonly imports: readonly string[]
}

/**
 * Bundles sources of ours.
 *
 * @param format `iife`: what they export becomes the global variable `bearerkit`
 */
export async function bundleFor(
  conditions: readonly string[],
  entry: string,
  format: 'iife' | 'esm' = 'iife',
): Promise<EdgeBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(__dirname, '../../../../..', entry)],
    bundle: true,
    write: false,
    metafile: true,
    format,
    ...(format === 'iife' && { globalName: 'bearerkit' }),
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['@bearerkit/source', ...conditions],
    logLevel: 'silent',
  })
  return {
    code: outputFiles.map(({ text }) => text).join(''),
    imports: Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path)),
  }
}

/** A context that has web standards and nothing of Node. Its dates are those of the tests, which compare them. */
export function emptyEdge(): EdgeVM {
  return new EdgeVM({ extend: (context) => Object.assign(context, { Date }) })
}

/** Loads the package into such a context. */
export async function edgeRuntime(): Promise<Runtime> {
  const { code } = await bundleFor(edgeConditions['Vercel Edge'] ?? [], 'packages/fetch/src/index.ts')
  const vm = emptyEdge()
  vm.evaluate(code)
  return vm.evaluate<Runtime>('({ bearerkit, Request, Response })')
}
