/** In characters. */
const longestText = 200

/** Makes untrusted text safe for a message or a log: one line, ASCII, bounded length. */
export function printable(text: string, longest: number = longestText): string {
  const shown = text.slice(0, longest).replaceAll(/[^\x20-\x7e]/g, '?')
  return text.length > longest ? `${shown}…` : shown
}

/**
 * Makes a URL safe for messages, events and logs. Removes user information, query and fragment, because they can hold
 * credentials. Text that is not a URL is treated the same way.
 */
export function printableUrl(url: string): string {
  const [beforeQuery = ''] = url.split(/[?#]/, 1)
  // WHATWG URL §4.4: user information ends at the last `@` before the path; any number of slashes may precede it.
  return printable(beforeQuery.replace(/^([a-z][a-z\d+.-]*:[\\/]*)[^\\/]*@/i, '$1'))
}
