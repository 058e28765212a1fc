/** Decodes `%XX` and nothing else. Load balancers leave a `+` as it is, so it must not become a space. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
