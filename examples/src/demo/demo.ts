import { readCommandLine } from './command-line.ts'
import { stopExamples } from './example-server.ts'
import { FirstAct } from './first-act.ts'
import { SecondAct } from './second-act.ts'
import { redisServer, type SharedStore, temporaryFolder } from './shared-store.ts'

const { once, store } = await readSettings()
let leaving: Promise<never> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void leave(0))

try {
  const asExpected = await playBoth()
  if (once) await leave(asExpected ? 0 : 1)
} catch (error) {
  console.error(error)
  await leave(1)
}

/** Returns true if all answers were as expected. */
async function playBoth(): Promise<boolean> {
  const first = await FirstAct.start()
  const second = await SecondAct.start(store)
  const verdicts = [await first.play(), await second.play()]
  const asExpected = verdicts.every(Boolean)
  console.log(asExpected ? '\nEvery answer was as expected.' : '\nNot every answer was as expected.')
  if (!once)
    console.log(`\nAll servers run until Ctrl-C. Try:\n\n${await first.invitation()}\n\n${await second.invitation()}`)
  return asExpected
}

async function readSettings(): Promise<{ readonly once: boolean; readonly store: SharedStore }> {
  try {
    const { once: isOnce, redis } = readCommandLine(process.argv.slice(2))
    return { once: isOnce, store: redis === undefined ? await temporaryFolder() : await redisServer(redis) }
  } catch (error) {
    console.error(`npm start: ${(error as Error).message}`)
    process.exit(1)
  }
}

/** Leaves nothing behind. */
function leave(code: number): Promise<never> {
  leaving ??= (async () => {
    await stopExamples()
    await store
      .remove()
      .catch((error: unknown) => console.error(`The keys of the demo were not removed: ${String(error)}`))
    process.exit(code)
  })()
  return leaving
}
