/** With 16 bits, about one absent mark in sixteen is still searched for in a full table. */
const bitsPerRow = 16
const bitsPerWord = 32

/**
 * A Bloom filter with one hash. It says either that no row has a mark, or that a row may have it. It takes two bytes per row,
 * so the filter of a million rows fits into the processor's cache. The slots do not fit, and waiting for memory takes longer
 * than everything else in a check.
 */
export class MarkFilter {
  readonly #words: Int32Array

  /** @param rows a power of two, at least 2 */
  constructor(rows: number) {
    this.#words = new Int32Array((rows * bitsPerRow) / bitsPerWord)
  }

  /** @param place the mark, mixed with the seed of the table */
  add(place: number): void {
    const word = this.#wordOf(place)
    this.#words[word] = (this.#words[word] ?? 0) | (1 << place)
  }

  /** Called for every token. */
  mayHave(place: number): boolean {
    return ((this.#words[this.#wordOf(place)] ?? 0) & (1 << place)) !== 0
  }

  /** A shift takes the lowest five bits of its operand, and the word is selected by those above. */
  #wordOf(place: number): number {
    return (place >>> 5) & (this.#words.length - 1)
  }
}
