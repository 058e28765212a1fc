import type { StartContractApp } from '@bearerkit/testing/contract'
import { startExpress4, startExpress5 } from '../packages/express/test/contract-app.ts'
import { startFastify5 } from '../packages/fastify/test/contract-app.ts'
import { startKoa2, startKoa3 } from '../packages/koa/test/contract-app.ts'
import { storm } from './chaos/storm.ts'

const frameworks: Readonly<Record<string, StartContractApp>> = {
  'Express 5': startExpress5,
  'Express 4': startExpress4,
  'Koa 3': startKoa3,
  'Koa 2': startKoa2,
  'Fastify 5': startFastify5,
}

const settings = Object.keys(frameworks).flatMap((name) => [false, true].map((respond) => ({ name, respond })))

/** The faults found in each setting. */
let faults: Promise<string[]>[]
let warnings: jest.SpyInstance

beforeAll(() => {
  warnings = jest.spyOn(process, 'emitWarning')
  // In parallel, because they mostly wait for deadlines.
  faults = settings.map(({ name, respond }, index) => {
    return storm({ start: frameworks[name] as StartContractApp, respond, seed: index + 1 })
  })
})

afterAll(() => warnings.mockRestore())

// An unhandled error fails a test.
test.each(settings.map((setting, index) => ({ ...setting, index })))(
  '$name answers every request correctly while all callbacks misbehave (respond: $respond)',
  async ({ index }) => {
    expect(await faults[index]).toEqual([])
    expect(warnings).not.toHaveBeenCalled()
  },
  30_000,
)
