import { chdir, cwd } from 'node:process'
import { temporaryFolder } from './support/folders.ts'
import { comparable, fetchFromIssuer, outputOf, pagesWithRuns, runsOn, writeFiles } from './support/documented-runs.ts'

const folder = temporaryFolder()
const [{ env }, former] = [process, cwd()]

beforeAll(async () => {
  await writeFiles(folder())
  chdir(folder())
  process.env = { ...env, BEARERKIT_ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64url') }
})

afterAll(() => {
  chdir(former)
  process.env = env
})

test.each(pagesWithRuns)('every output on the page %s is that of a real run', async (page) => {
  const runs = runsOn(page)
  expect(runs.length).toBeGreaterThan(0)
  for (const { command, output } of runs) {
    const real = comparable(await outputOf(command, { fetch: fetchFromIssuer })).replaceAll(folder(), '/srv/orders')
    expect({ command, output: comparable(output) }).toEqual({ command, output: real })
  }
})
