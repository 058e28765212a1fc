import { hash } from '../../../platform.ts'

/** A store can also contain other kinds of records. */
const kind = 'key:'

/** Leaves room for the version, because an id is limited to 1,024 characters. */
const longestName = 900

/** The id of the record of a version. Accepts a kid of any length, with any characters. */
export function recordId(kid: string, version: number): string {
  return `${kind}${familyName(kid)}.${version}`
}

/** The part that the ids of a key's records have in common. */
export function familyName(kid: string): string {
  const name = kid.replaceAll(
    /[^\x21-\x24\x26-\x7e]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return name.length <= longestName ? name : `%sha256-${hash('sha256', name, 'base64url')}`
}

/** Returns undefined if the record does not belong to a key. */
export function parseRecordId(id: string): { readonly family: string; readonly version: number } | undefined {
  const [, family, version] = /^key:(.+)\.([1-9]\d{0,14})$/.exec(id) ?? []
  return family === undefined ? undefined : { family, version: Number(version) }
}
