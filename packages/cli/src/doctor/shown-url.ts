import { shown } from '../frame/shown.ts'

/** A URL without user information, query and fragment, because they can hold credentials. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return shown(url)
  const { protocol, host, pathname } = new URL(url)
  return shown(`${protocol}//${host}${pathname}`)
}
