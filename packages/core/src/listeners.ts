import type { EventEmitter } from 'node:events'
import { isThenable } from './callback.ts'
import { emitWarning, inspect } from './platform.ts'

/**
 * Calls the listeners of an event. If one throws or rejects, a process warning is emitted and the others still run.
 * `emit` would throw the error into the operation that emits the event, and the rejection of an asynchronous listener
 * would end the process.
 */
export function callListeners(emitter: EventEmitter, event: string, detail: unknown): void {
  // Raw listeners: the wrappers of `once` remove themselves when called.
  for (const listener of emitter.rawListeners(event)) {
    callListener(event, () => Reflect.apply(listener, emitter, [detail]) as unknown)
  }
}

/** Calls one listener in the same way. `event` is its name in warnings. */
export function callListener(event: string, call: () => unknown): void {
  try {
    const answer = call()
    if (isThenable(answer)) Promise.resolve(answer).catch((error: unknown) => warnOf(event, error))
  } catch (error) {
    warnOf(event, error)
  }
}

function warnOf(event: string, error: unknown): void {
  const shown = inspect(error, { customInspect: false, depth: 0 })
  emitWarning(`a listener for ${event} failed: ${shown}`, 'BearerKitWarning')
}
