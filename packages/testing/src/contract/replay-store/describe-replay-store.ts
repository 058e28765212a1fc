import type { ReplayStore } from '@bearerkit/core'
import { testFramework } from '../adapter/test-framework.ts'
import { replayStoreCases } from './replay-store-cases.ts'

/** An engine that remembers no uses yet. */
export interface RunningReplayStore {
  /** Makes a store object on the uses of this engine. Each call stands for another instance of a service. */
  connect(): ReplayStore | Promise<ReplayStore>
  /** Ends the engine, and the connections of its store objects. */
  close(): Promise<void>
}

/** Sets up an engine, for one case. It must have room for 1,000 uses. */
export type StartReplayStore = () => Promise<RunningReplayStore>

/**
 * The contract that every `ReplayStore` passes: call it in a test file of the store, under Jest or any framework with the
 * same globals. No case can be left out.
 *
 * ```ts
 * import { memoryReplayStore } from '@bearerkit/core'
 * import { describeReplayStore } from '@bearerkit/testing/contract'
 *
 * describeReplayStore('memoryReplayStore', async () => {
 *   const store = memoryReplayStore()
 *   return { connect: () => store, close: async () => undefined }
 * })
 * ```
 *
 * @param name of the store, for the titles
 * @param start sets up an engine without uses; called for each case
 */
export function describeReplayStore(name: string, start: StartReplayStore): void {
  const { afterEach, describe, it } = testFramework
  let engine: RunningReplayStore | undefined

  describe(name, () => {
    afterEach(async () => {
      await engine?.close()
      engine = undefined
    })

    for (const [title, run] of Object.entries(replayStoreCases)) {
      it(title, async () => {
        const started = (engine = await start())
        await run(async () => started.connect())
      })
    }
  })
}
