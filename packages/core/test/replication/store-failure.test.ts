import { storeFailure } from '../../src/replication/store-failure.ts'

function causeOf(error: unknown, written: string | undefined): Error {
  return storeFailure('redis orders:', error, written).cause as Error
}

describe('the failure of a store', () => {
  it('keeps name, message and code of the error of its client', () => {
    const error = Object.assign(new RangeError('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(causeOf(error, undefined)).toMatchObject({
      name: 'RangeError',
      message: 'connect ECONNREFUSED',
      code: 'ECONNREFUSED',
    })
  })

  it('does not show the value that was to be written', () => {
    expect(causeOf(new Error('SET a s3cret failed'), 's3cret').message).toBe('SET a … failed')
  })

  it('leaves the message as it is if the value is empty, as that of a revocation', () => {
    expect(causeOf(new Error('the deadline has passed'), '').message).toBe('the deadline has passed')
  })
})
