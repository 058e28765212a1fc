/** What a test sends to another process: a method and its arguments. The first call is `open`. */
export interface Call {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** What comes back: the outcome of a call, or an event. */
export type Answer =
  | { readonly id: number; readonly value?: unknown }
  | {
      readonly id: number
      readonly failure: { readonly name: string; readonly code: string; readonly message: string }
    }
  | { readonly event: string; readonly detail?: unknown }

/** In the other process: opens an object, and calls its methods as the test asks. */
export function answerCalls(open: (options: never) => Promise<object>): void {
  let opened: object | undefined
  process.on('message', ({ id, method, args }: Call) => {
    void (async () => {
      try {
        if (method === 'open') opened = await open(args[0] as never)
        const value: unknown = method === 'open' ? undefined : await methodOf(opened, method).apply(opened, [...args])
        answer({ id, value })
      } catch (error) {
        const { name, code, message } = error as { name: string; code: string; message: string }
        answer({ id, failure: { name, code, message } })
      }
    })()
  })
  // The test has ended.
  process.on('disconnect', () => process.exit())
}

/** In the other process: reports an event to the test. */
export function tell(event: string, detail?: unknown): void {
  answer({ event, detail })
}

function answer(one: Answer): void {
  process.send?.(one)
}

function methodOf(object: object | undefined, name: string): (...args: unknown[]) => unknown {
  return (object as Record<string, (...args: unknown[]) => unknown>)[name] as (...args: unknown[]) => unknown
}
