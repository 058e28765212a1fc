import { testFramework } from '../adapter/test-framework.ts'
import type { KeyStoreCases } from './case.ts'
import { endingCases } from './cases/ending-cases.ts'
import { hostileCases } from './cases/hostile-cases.ts'
import { readingCases } from './cases/reading-cases.ts'
import { watchingCases } from './cases/watching-cases.ts'
import { writingCases } from './cases/writing-cases.ts'
import { Instance } from './instance.ts'
import type { RunningKeyStore, StartKeyStore } from './running-key-store.ts'

const allCases: Readonly<Record<string, KeyStoreCases>> = {
  shows: readingCases,
  'as a writer of records,': writingCases,
  takes: hostileCases,
  'a record that has ended': endingCases,
  tells: watchingCases,
}

/**
 * The contract that every `KeyStore` passes: call it in a test file of the store, under Jest or any framework with the
 * same globals. No case can be left out.
 *
 * ```ts
 * import { memoryStore } from '@bearerkit/core'
 * import { describeKeyStore } from '@bearerkit/testing/contract'
 *
 * describeKeyStore('memoryStore', async () => {
 *   const store = memoryStore()
 *   return { connect: () => store, close: async () => undefined }
 * })
 * ```
 *
 * @param name of the store, for the titles
 * @param start sets up an engine without records; called for each case
 */
export function describeKeyStore(name: string, start: StartKeyStore): void {
  const { afterEach, describe, it } = testFramework
  let engine: RunningKeyStore | undefined

  describe(name, () => {
    afterEach(async () => {
      await engine?.close()
      engine = undefined
    })

    for (const [title, cases] of Object.entries(allCases)) {
      describe(title, () => {
        for (const [what, run] of Object.entries(cases)) {
          it(what, async () => {
            const started = (engine = await start())
            await run(async () => new Instance(await started.connect()))
          })
        }
      })
    }
  })
}
