import { shown } from './shown.ts'

/** In characters. Commands and options are about as long, and tokens are longer. */
const longestWord = 20

/**
 * Cuts the words of the command line that a message quotes, and escapes their control characters. Any of them may be a
 * token in the wrong place, and an opaque token looks like any other word.
 */
export function withoutTypedWords(message: string, words: readonly string[]): string {
  // A message may quote an option whole, or only its value.
  const typed = words.flatMap((word) => [word, word.slice(word.indexOf('=') + 1)])
  return typed
    .filter((word) => shown(word, longestWord) !== word)
    .reduce((text, word) => text.replaceAll(word, () => shown(word, longestWord)), message)
}
