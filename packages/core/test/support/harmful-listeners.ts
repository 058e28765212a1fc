/** Faulty listeners, by what they do. They must not affect the emitter or other listeners. */
export const harmfulListeners: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('not my day')
  },
  'throws a value that is not an error': () => {
    throw Object.create(null)
  },
  'throws an error that cannot be printed': () => {
    const unprintable = (): never => {
      throw new Error('unprintable')
    }
    throw Object.assign(new Error('a'), {
      toString: unprintable,
      [Symbol.for('nodejs.util.inspect.custom')]: unprintable,
    })
  },
  rejects: async () => {
    throw new Error('not my day')
  },
  'rejects later': async () => {
    await new Promise((resolve) => setImmediate(resolve))
    throw new Error('not my day')
  },
  'rejects without a reason': () => Promise.reject(undefined),
  'returns a thenable that rejects': () => ({
    then: (_: unknown, reject: (error: Error) => void) => reject(new Error('a')),
  }),
  'returns a thenable that throws': () => ({
    then: () => {
      throw new Error('a')
    },
  }),
  'returns an object whose `then` getter throws': () => ({
    get then() {
      throw new Error('a')
    },
  }),
}

/** Runs a function and returns the unhandled rejections that it caused. */
export async function unhandledIn(run: () => Promise<unknown>): Promise<unknown[]> {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  try {
    await run()
    // Node reports them when the microtask queue is empty. One listener rejects a turn later.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('unhandledRejection', note)
  }
  return unhandled
}
