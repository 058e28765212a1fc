import { setImmediate } from 'node:timers'

/** In microseconds. Limits how long signatures and checks delay the other requests that have arrived in a turn of the event loop. */
const mostPerTurn = 100

let spentInThisTurn = 0
let inThreads = 0

/**
 * Decides where the next signature is made or checked: on the main thread if no other is under way, and else in the thread
 * pool. Handing it over takes as much of the processor's time as an RS256 check, and one that is alone waits for it 50 to
 * 70 µs. Several at a time are made sooner in the pool, which uses the other cores.
 *
 * @param time how long it takes, in microseconds. Infinity: always in the pool
 */
export function isMadeHere(time: number): boolean {
  if (inThreads > 0 || spentInThisTurn + time > mostPerTurn) return false
  if (spentInThisTurn === 0) setImmediate(beginTurn)
  spentInThisTurn += time
  return true
}

function beginTurn(): void {
  spentInThisTurn = 0
}

/**
 * Makes or checks a signature in the thread pool.
 *
 * @param start starts it and calls back later, like the functions of `node:crypto`
 */
export function madeInThread<T>(start: (done: (error: Error | null, result: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      inThreads -= 1
      if (error === null) resolve(result)
      else reject(error)
    })
    inThreads += 1
  })
}
