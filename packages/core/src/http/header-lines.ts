import type { HttpRequest } from '../http-message.ts'

/**
 * Returns true if a header occurs in more than one line. Node joins most of them with commas.
 *
 * @param name in lower case
 */
export function hasSeveralLines({ rawHeaders }: HttpRequest, name: string): boolean {
  if (rawHeaders === undefined) return false
  let lines = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const other = rawHeaders[index]
    if (other?.length === name.length && other.toLowerCase() === name) lines += 1
  }
  return lines > 1
}
