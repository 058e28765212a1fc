import type { KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers'
import type { Algorithm } from '../../algorithms.ts'

/** In microseconds. Limits how long checks delay the other requests that have arrived in a turn of the event loop. */
const mostPerTurn = 200

let spentInThisTurn = 0
let inThreads = 0

/**
 * Decides where the next check of a signature is made: on the main thread if no other is under way, and else in the thread
 * pool. Handing a check over takes as much of the processor's time as an RS256 check, and a check that is alone waits for it
 * 50 to 70 µs. Several checks at a time are made sooner in the pool, which uses the other cores.
 */
export function isMadeHere(row: Algorithm, key: KeyObject): boolean {
  const time = checkTimeOf(row, key)
  if (inThreads > 0 || spentInThisTurn + time > mostPerTurn) return false
  if (spentInThisTurn === 0) setImmediate(() => (spentInThisTurn = 0))
  spentInThisTurn += time
  return true
}

/** In microseconds. With RSA, it grows with the square of the length of the key. */
function checkTimeOf({ checkTime = Infinity }: Algorithm, key: KeyObject): number {
  const { modulusLength = 2048 } = key.asymmetricKeyDetails ?? {}
  return checkTime * (modulusLength / 2048) ** 2
}

/**
 * Makes a check in the thread pool.
 *
 * @param start starts the check and calls back later, like the functions of `node:crypto`
 */
export function madeInThread(start: (done: (error: Error | null, holds: boolean) => void) => void): Promise<boolean> {
  return new Promise((resolve, reject) => {
    start((error, holds) => {
      inThreads -= 1
      if (error === null) resolve(holds)
      else reject(error)
    })
    inThreads += 1
  })
}
