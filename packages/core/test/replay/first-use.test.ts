import { ReplayStoreUnavailableError } from '../../src/errors.ts'
import { refusalFor } from '../../src/http/refusals/refusal.ts'
import { isFirstUse } from '../../src/replay/first-use.ts'
import type { ReplayStore } from '../../src/replay/replay-store.ts'

function asking(firstUse: () => unknown): boolean | Promise<boolean> {
  return isFirstUse({ firstUse } as ReplayStore, 'id', { until: 1 })
}

/** How a custom store may answer. */
const forms: readonly (readonly [string, (answer: () => unknown) => () => unknown])[] = [
  ['synchronously', (answer) => answer],
  ['with a promise', (answer) => async () => answer()],
]

describe.each(forms)('a store that answers %s', (_, form) => {
  it.each([true, false])('may answer %p', async (answer) => {
    expect(await asking(form(() => answer))).toBe(answer)
  })

  it.each([undefined, null, 1, 'OK', {}])('must not answer %p', async (answer) => {
    await expect(async () => asking(form(() => answer))).rejects.toMatchObject({ code: 'replay_store_unavailable' })
  })

  it('may fail, which is a 503', async () => {
    const cause = new Error('connection lost')
    const failing = form(() => {
      throw cause
    })
    const error: unknown = await (async () => asking(failing))().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'replay_store_unavailable', cause })
    expect(refusalFor(error, { realm: 'api' })).toMatchObject({
      status: 503,
      code: 'replay_store_unavailable',
      headers: { 'Retry-After': '5' },
    })
  })

  it('may say when it can be asked again', async () => {
    const failing = form(() => {
      throw new ReplayStoreUnavailableError('full', { retryAfter: 30 })
    })
    const error: unknown = await (async () => asking(failing))().catch((reason: unknown) => reason)
    expect(refusalFor(error, { realm: 'api' }).headers).toEqual({ 'Retry-After': '30' })
  })
})

it('answers without a promise if the store does', () => {
  expect(asking(() => true)).toBe(true)
})

it('waits five seconds for a store that does not answer', async () => {
  jest.useFakeTimers()
  try {
    const answer = expect(asking(() => new Promise(() => undefined))).rejects.toMatchObject({
      code: 'replay_store_unavailable',
    })
    await jest.advanceTimersByTimeAsync(5000)
    await answer
  } finally {
    jest.useRealTimers()
  }
})
