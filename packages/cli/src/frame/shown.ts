/** Characters with an effect on a terminal or on the order of text: controls, formats, separators, lone surrogates. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** In characters. */
const longestText = 200

/** Makes text that is not ours safe for a terminal: control characters are escaped as in `\u{1b}`, and it is cut. */
export function shown(text: string, longest: number = longestText): string {
  const beginning = Array.from(text.slice(0, longest * 2))
    .slice(0, longest)
    .join('')
  return beginning.length < text.length ? `${escaped(beginning)}…` : escaped(beginning)
}

/** Shows a value from JSON on one line, cut like text. */
export function shownJson(value: unknown, longest?: number): string {
  return shown(JSON.stringify(value) ?? 'nothing', longest)
}

/** JSON in ASCII: the same document, and no character in it has an effect on a terminal. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(/[^\n\x20-\x7e]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function escaped(text: string): string {
  return text.replaceAll(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
