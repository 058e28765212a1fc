import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chdir, cwd } from 'node:process'
import { allTokensAreRefused, theProviderRotated, unavailableAfterADeploy } from './runbooks/issuer-incidents.ts'
import { aKeyLeaked } from './runbooks/leak-incident.ts'
import { documentedIncidents, Runbook } from './runbooks/runbook.ts'
import { aStoreIsDown } from './runbooks/store-incident.ts'
import { redisPatience } from './support/redis-server.ts'

/** Each brings the incident about, does what the page says, and sees what the page promises. */
const incidents: Readonly<Record<string, (book: Runbook) => Promise<void>>> = {
  'All tokens are refused': allTokensAreRefused,
  '503 after a deploy': unavailableAfterADeploy,
  'A key leaked': aKeyLeaked,
  'The identity provider rotated its keys': theProviderRotated,
  'A store is down': aStoreIsDown,
}

const [{ env }, former] = [process, cwd()]
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bearerkit-runbooks-'))
  chdir(folder)
  process.env = { ...env, BEARERKIT_ENCRYPTION_KEYS: Buffer.alloc(32, 1).toString('base64url') }
})

afterAll(() => {
  chdir(former)
  process.env = env
  rmSync(folder, { recursive: true, force: true })
})

test('every incident on the page on operating is tried', () => {
  expect(documentedIncidents).toEqual(Object.keys(incidents))
})

test.each(Object.entries(incidents))(
  'the runbook for “%s” does what it says, step by step',
  async (incident, tried) => {
    const book = new Runbook(incident)
    await tried(book)
    expect(book.left).toEqual([])
  },
  redisPatience,
)
