import { runInNewContext } from 'node:vm'
import { answerWithin, immediateAnswer, isThenable } from '../src/callback.ts'

const thenables: Readonly<Record<string, unknown>> = {
  'a promise': Promise.resolve(1),
  'a promise of another realm': runInNewContext('Promise.resolve(1)'),
  'an object with a then method': { then: () => undefined },
  'a function with a then method': Object.assign(() => undefined, { then: () => undefined }),
}

const others: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  'a boolean': true,
  'a string': 'then',
  'an object whose then is not a function': { then: true },
  'a function': () => undefined,
}

describe('isThenable', () => {
  it.each(Object.entries(thenables))('recognizes %s', (_, answer) => expect(isThenable(answer)).toBe(true))
  it.each(Object.entries(others))('does not recognize %s', (_, answer) => expect(isThenable(answer)).toBe(false))
})

describe('immediateAnswer', () => {
  it.each([true, false])('returns %s', (answer) => expect(immediateAnswer(answer)).toBe(answer))
  it.each(Object.entries({ ...thenables, 'a number': 1, 'a string': 'true', undefined }))(
    'does not take %s',
    (_, answer) => expect(immediateAnswer(answer)).toBeUndefined(),
  )

  it('leaves no rejection unhandled', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    expect(immediateAnswer(Promise.reject(new Error('too late')))).toBeUndefined()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

describe('answerWithin', () => {
  it('resolves with the value of a promise from another realm', async () => {
    const answer = runInNewContext('Promise.resolve(7)') as Promise<number>
    await expect(answerWithin(1000, answer)).resolves.toBe(7)
  })

  it('rejects with the reason of the promise', async () => {
    await expect(answerWithin(1000, Promise.reject(new Error('the store is down')))).rejects.toThrow(
      'the store is down',
    )
  })

  it('rejects at the deadline if the promise never settles', async () => {
    await expect(answerWithin(10, new Promise(() => undefined))).rejects.toThrow('the deadline has passed')
  })

  it('rejects at the deadline with the error that the caller supplies', async () => {
    const tooLate = (): Error => new RangeError('the store is slow')
    await expect(answerWithin(10, new Promise(() => undefined), tooLate)).rejects.toThrow(RangeError)
    await expect(answerWithin(1000, Promise.reject(new TypeError('a bug')), tooLate)).rejects.toThrow(TypeError)
  })
})
