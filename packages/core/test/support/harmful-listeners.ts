/** What a listener can do that should harm nobody but itself. */
export const harmfulListeners: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('not my day')
  },
  'throws what is no error': () => {
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
  'answers a thenable that rejects': () => ({
    then: (_: unknown, reject: (error: Error) => void) => reject(new Error('a')),
  }),
  'answers a thenable that throws': () => ({
    then: () => {
      throw new Error('a')
    },
  }),
  'answers what has a getter for `then` that throws': () => ({
    get then() {
      throw new Error('a')
    },
  }),
}

/** Runs something, and answers what it left to end the process: rejections that nobody handled. */
export async function unhandledIn(run: () => Promise<unknown>): Promise<unknown[]> {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  try {
    await run()
    // Node reports them once the queue of microtasks is empty; one listener rejects a turn later.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('unhandledRejection', note)
  }
  return unhandled
}
