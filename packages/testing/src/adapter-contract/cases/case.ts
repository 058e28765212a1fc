import type { Stage } from '../stage.ts'

/** What takes more than one request to show: title, and how it goes. A case that changes an issuer takes its own. */
export type Cases = Readonly<Record<string, (stage: Stage) => Promise<void>>>
