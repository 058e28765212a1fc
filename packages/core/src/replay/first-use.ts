import { answerWithin, isThenable } from '../callback.ts'
import { ReplayStoreUnavailableError } from '../errors.ts'
import { isErrorNamed } from '../recognized-errors.ts'
import type { ReplayStore, UseOptions } from './replay-store.ts'

/** In milliseconds. The built-in stores have shorter deadlines; this one is for custom stores without one. */
const longestAnswer = 5000

/**
 * Asks a store whether this is the first use of an id. Returns no promise if the store returns none.
 *
 * @throws ReplayStoreUnavailableError if the store fails, does not answer in time, or answers neither `true` nor `false`; as
 *   a rejection if the store has returned a promise
 */
export function isFirstUse(store: ReplayStore, id: string, options: UseOptions): boolean | Promise<boolean> {
  try {
    const answer = store.firstUse(id, options)
    return isThenable(answer) ? awaited(answer) : decided(answer)
  } catch (error) {
    throw asUnavailable(error)
  }
}

async function awaited(answer: PromiseLike<boolean>): Promise<boolean> {
  try {
    return decided(await answerWithin(longestAnswer, answer))
  } catch (error) {
    throw asUnavailable(error)
  }
}

function decided(answer: unknown): boolean {
  if (typeof answer !== 'boolean')
    throw new TypeError('firstUse must return true or false, or a promise of one of them')
  return answer
}

function asUnavailable(error: unknown): ReplayStoreUnavailableError {
  if (isErrorNamed('ReplayStoreUnavailableError', error)) return error
  return new ReplayStoreUnavailableError('the replay store failed', { cause: error })
}
