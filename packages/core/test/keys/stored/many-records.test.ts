import { closeInstances, Fleet } from './setting.ts'

afterAll(closeInstances)

/** Counts how often the event loop turns until the promise settles. */
async function turnsUntil(settled: Promise<unknown>): Promise<number> {
  const progress = { turns: 0, isOver: false }
  const end = settled.finally(() => (progress.isOver = true))
  while (!progress.isOver) {
    await new Promise((resolve) => setImmediate(resolve))
    progress.turns += 1
  }
  await end
  return progress.turns
}

it('reads many records without keeping other work from running', async () => {
  const fleet = new Fleet()
  const { keys } = await fleet.open()
  const count = 120
  for (let made = 0; made < count; made += 1) await keys.createKey({ alg: 'ES256', kid: `key-${made}` })
  const opening = fleet.open()
  const turns = await turnsUntil(opening)
  // Importing one key blocks the event loop for up to a millisecond.
  expect(turns).toBeGreaterThan(count / 8)
  expect((await opening).keys.health().kids).toHaveLength(count)
})
