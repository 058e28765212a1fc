/** In characters. */
const longestText = 200

/** Text from elsewhere, fit for a message or a log: of bounded length, on one line, in ASCII. */
export function printable(text: string, longest: number = longestText): string {
  const shown = text.slice(0, longest).replaceAll(/[^\x20-\x7e]/g, '?')
  return text.length > longest ? `${shown}…` : shown
}

/**
 * A URL as it may appear in messages, events and logs: without user information, query and fragment, for these hold
 * credentials. Text that is not a URL is treated alike.
 */
export function printableUrl(url: string): string {
  const [beforeQuery = ''] = url.split(/[?#]/, 1)
  // WHATWG URL §4.4: user information ends with the last `@` before the path; any number of slashes may precede it.
  return printable(beforeQuery.replace(/^([a-z][a-z\d+.-]*:[\\/]*)[^\\/]*@/i, '$1'))
}
