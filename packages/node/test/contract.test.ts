import { describeAdapter } from '@bearerkit/testing/contract'
import { start } from './contract-app.ts'

let warn: jest.SpyInstance
beforeAll(() => {
  // By default, errors that are not refusals become warnings. Some of the cases make them.
  warn = jest.spyOn(process, 'emitWarning').mockImplementation()
})
afterAll(() => warn.mockRestore())

describeAdapter('plain http', start)
