import { setImmediate } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import { asError, continueAfter } from '../../../src/http/outcome/continuation.ts'

const failure = new Error('a failure')

describe('a continuation after a promise', () => {
  it.each([
    ['fulfilled', Promise.resolve(5), ['value', 5]],
    ['rejected', Promise.reject(failure), ['failure', failure]],
    ['fulfilled, even in another realm', runInNewContext('Promise.resolve(5)') as Promise<number>, ['value', 5]],
  ])('is called when the promise is %s', async (_, pending, expected) => {
    const calls: unknown[] = []
    const refuse = (error: Error): void => void calls.push('refuse', error)
    const noteAs = (name: string) => (outcome: unknown) => void calls.push(name, outcome)
    continueAfter(pending, { refuse }, noteAs('value'), noteAs('failure'))
    await setImmediate()
    expect(calls).toEqual(expected)
  })

  it.each([
    ['an error', failure, failure],
    ['a string', 'text', expect.objectContaining({ cause: 'text' })],
    ['undefined', undefined, expect.any(Error)],
  ])('that throws %s refuses the request with an Error', async (_, thrown, expected) => {
    const refuse = jest.fn()
    const fail = (): void => {
      throw thrown
    }
    continueAfter(Promise.resolve(), { refuse }, fail, fail)
    continueAfter(Promise.reject(failure), { refuse }, fail, fail)
    await setImmediate()
    expect(refuse.mock.calls).toEqual([[expected], [expected]])
  })
})

describe('an error for a framework', () => {
  it.each([
    ['an error', failure],
    ['an error of another realm', runInNewContext('new TypeError("a failure")') as Error],
    ['an object with an error as its prototype', Object.create(failure) as Error],
  ])('stays unchanged: %s', (_, error) => {
    expect(asError(error)).toBe(error)
  })

  it.each([[undefined], [null], ['text'], [{ message: 'text' }]])(
    'is created for %p, which becomes its cause',
    (thrown) => {
      expect(asError(thrown, 'it failed')).toMatchObject({ message: 'it failed', cause: thrown })
    },
  )
})
