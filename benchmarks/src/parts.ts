import type { Outcome } from './figure.ts'
import type { Scale } from './scale.ts'

export const suites = [
  'keys',
  'stored',
  'revocations',
  'remote',
  'tenants',
  'process',
  'proofs',
  'introspection',
  'memory',
  'http',
] as const
export type Suite = (typeof suites)[number]

/** One part of the run. It has its own process, so that no part is affected by another. */
export interface Part {
  readonly suite: Suite
  readonly name: string
  readonly load: () => Promise<{ readonly measure: (scale: Scale) => Promise<Outcome> }>
}

export const parts: readonly Part[] = [
  { suite: 'keys', name: 'creation', load: () => import('./keys/creation.ts') },
  { suite: 'keys', name: 'issuing', load: () => import('./keys/issuing.ts') },
  { suite: 'keys', name: 'signing', load: () => import('./keys/signing.ts') },
  { suite: 'keys', name: 'look-up', load: () => import('./keys/look-up.ts') },
  { suite: 'stored', name: 'against local keys', load: () => import('./stored/against-local.ts') },
  { suite: 'stored', name: 'Express', load: () => import('./stored/express.ts') },
  { suite: 'stored', name: 'opening', load: () => import('./stored/opening.ts') },
  { suite: 'stored', name: 'traffic', load: () => import('./stored/traffic.ts') },
  { suite: 'revocations', name: 'growth', load: () => import('./revocations/growth.ts') },
  { suite: 'revocations', name: 'repeated tokens', load: () => import('./revocations/repeated.ts') },
  { suite: 'remote', name: 'look-up', load: () => import('./remote/look-up.ts') },
  { suite: 'remote', name: 'refresh', load: () => import('./remote/refresh.ts') },
  { suite: 'remote', name: 'unknown kids', load: () => import('./remote/unknown-kids.ts') },
  { suite: 'remote', name: 'memory under unknown kids', load: () => import('./remote/unknown-kids-memory.ts') },
  { suite: 'tenants', name: 'rounds', load: () => import('./tenants/rounds.ts') },
  { suite: 'process', name: 'repeated tokens', load: () => import('./process/repeated.ts') },
  { suite: 'process', name: 'new tokens', load: () => import('./process/cold.ts') },
  { suite: 'process', name: 'new tokens, one at a time', load: () => import('./process/first-sights.ts') },
  { suite: 'proofs', name: 'in process', load: () => import('./proofs/in-process.ts') },
  { suite: 'proofs', name: 'flood', load: () => import('./proofs/flood.ts') },
  { suite: 'proofs', name: 'Express', load: () => import('./proofs/express.ts') },
  { suite: 'introspection', name: 'repeated tokens', load: () => import('./introspection/repeated.ts') },
  { suite: 'introspection', name: 'new tokens', load: () => import('./introspection/new.ts') },
  { suite: 'memory', name: 'cache', load: () => import('./memory/cache.ts') },
  { suite: 'memory', name: 'junk tokens', load: () => import('./memory/junk-tokens.ts') },
  { suite: 'memory', name: 'import time', load: () => import('./memory/import-time.ts') },
  { suite: 'memory', name: 'bundle', load: () => import('./memory/bundle.ts') },
  { suite: 'memory', name: 'dependencies', load: () => import('./memory/dependencies.ts') },
  { suite: 'http', name: 'repeated tokens', load: () => import('./http/repeated.ts') },
  { suite: 'http', name: 'new tokens', load: () => import('./http/new.ts') },
]
