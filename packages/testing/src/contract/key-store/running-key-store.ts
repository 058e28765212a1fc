import type { KeyStore } from '@bearerkit/core'

/** An engine that holds no records yet. */
export interface RunningKeyStore {
  /** Makes a store object on the records of this engine. Each call stands for another instance of a service. */
  connect(): KeyStore | Promise<KeyStore>
  /** Ends the engine, and the connections of its store objects. */
  close(): Promise<void>
}

/** Sets up an engine, for one case. */
export type StartKeyStore = () => Promise<RunningKeyStore>
