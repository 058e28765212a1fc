export function setImmediate(call: () => void): void {
  setTimeout(call, 0)
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

/** Like `setTimeout` of `node:timers/promises`. */
export function pause<T>(
  milliseconds: number,
  value: T,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve(value)
    }, milliseconds)
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/** Only in Node, Bun and Deno a timer keeps a process alive. */
export function withoutKeepingAlive<Timer>(timer: Timer): Timer {
  return timer
}
