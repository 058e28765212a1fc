const stringsAtATime = 1000

/** Processes all strings. Returns a promise only if it needs one. */
export type GoThrough = (strings: readonly string[]) => Promise<void> | void

/**
 * Measures how many strings are processed per second. Each string is new to the engine, like one from a request: it has
 * never been hashed or compared. The time to create the strings does not count.
 *
 * @param now the clock that counts, in milliseconds
 */
export async function paceOver(
  texts: readonly Buffer[],
  milliseconds: number,
  goThrough: GoThrough,
  now: () => number = () => performance.now(),
): Promise<number> {
  let elapsed = 0
  let batches = 0
  for (; elapsed < milliseconds; batches += 1) {
    const strings = freshStrings(texts)
    const start = now()
    const pending = goThrough(strings)
    if (pending !== undefined) await pending
    elapsed += now() - start
  }
  return ((batches * stringsAtATime) / elapsed) * 1000
}

function freshStrings(texts: readonly Buffer[]): string[] {
  return Array.from({ length: stringsAtATime }, (_, index) => String(texts[index % texts.length]?.toString('latin1')))
}
