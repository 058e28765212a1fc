import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../documented-examples.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}

/** The entries of all packages, and their emitted declarations: `fetch`, `fetch/hono`. */
export const entries = readdirSync(join(root, 'packages')).flatMap((name) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest
  return Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'string' ? [] : [[join(name, entry), join(root, 'packages', name, target.types)] as const],
  )
})
