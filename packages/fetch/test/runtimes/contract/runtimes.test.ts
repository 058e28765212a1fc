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

/** Each runtime has a server of its own, and that of Node, which `npm run runtimes` tries too. */
const surfaces = runtimes.flatMap(([name, program, options]) => [
  { surface: `${name}.serve`, least: 700, program, options },
  ...(process.env['RUNTIMES'] === 'all' ? [{ surface: name, least: 850, program, options }] : []),
])

test.each(surfaces)('$surface passes the contract suite', async ({ surface, least, program, options }) => {
  const { stdout } = await promisify(execFile)(program, [...options, bundle.path, surface])
  const { passed, failed } = JSON.parse(stdout) as Results
  expect(failed).toEqual([])
  expect(passed).toBeGreaterThan(least)
})
