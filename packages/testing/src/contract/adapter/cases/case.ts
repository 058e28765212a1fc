import type { Stage } from '../stage.ts'

/** Tests by title, for behaviour that takes more than one request. A case that changes an issuer uses `stage.own`. */
export type Cases = Readonly<Record<string, (stage: Stage) => Promise<void>>>
