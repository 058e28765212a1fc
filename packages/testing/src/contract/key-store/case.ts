import type { Instance } from './instance.ts'

/** A case, by its title. `connect` makes another instance on the same records. */
export type KeyStoreCases = Readonly<Record<string, (connect: () => Promise<Instance>) => Promise<void>>>
