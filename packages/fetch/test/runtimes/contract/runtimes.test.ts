import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Bundle } from '../../../../core/test/support/bundle.ts'
import { runtimes } from '../programs.ts'
import type { Results } from './sequence.ts'

let bundle: Bundle

beforeAll(async () => {
  bundle = await Bundle.at(join(__dirname, 'program.ts'))
})
afterAll(() => bundle.remove())

test.each(runtimes)('%s passes the contract suite', async (runtime, program, options) => {
  const { stdout } = await promisify(execFile)(program, [...options, bundle.path])
  const { passed, ...results } = JSON.parse(stdout) as Results
  expect(results).toEqual({ runtime, failed: [] })
  expect(passed).toBeGreaterThan(850)
})
