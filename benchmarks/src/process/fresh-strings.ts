const stringsAtATime = 1000

/** What goes through all strings; a promise only where it takes one. */
export type GoThrough = (strings: readonly string[]) => Promise<void> | void

/**
 * How many strings can be gone through in a second. Each is new to the engine, as one that comes out of a request is:
 * it was never hashed or compared. What makes them is not on the clock.
 */
export async function paceOver(texts: readonly Buffer[], milliseconds: number, goThrough: GoThrough): Promise<number> {
  let elapsed = 0
  let batches = 0
  for (; elapsed < milliseconds; batches += 1) {
    const strings = freshStrings(texts)
    const start = performance.now()
    const pending = goThrough(strings)
    if (pending !== undefined) await pending
    elapsed += performance.now() - start
  }
  return ((batches * stringsAtATime) / elapsed) * 1000
}

function freshStrings(texts: readonly Buffer[]): string[] {
  return Array.from({ length: stringsAtATime }, (_, index) => String(texts[index % texts.length]?.toString('latin1')))
}
