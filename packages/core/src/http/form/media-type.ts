/** Returns true for the media type of HTML forms, with any parameters. */
export function isForm(contentType: string | readonly string[] | undefined): boolean {
  const mediaType = String(contentType).split(';', 1)[0]
  return mediaType?.trim().toLowerCase() === 'application/x-www-form-urlencoded'
}
