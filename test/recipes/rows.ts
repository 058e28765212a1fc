import type { Client } from './client.ts'

/** The rows of a table on a recipe's page: what to ask. The result is the status; details are expected on the way. */
export type Rows = Readonly<Record<string, (client: Client) => Promise<number>>>
