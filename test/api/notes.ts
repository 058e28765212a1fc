import { createHash } from 'node:crypto'

/** The part of a changeset that is used. */
export interface Note {
  readonly id: string
  readonly summary: string
  readonly releases: readonly { readonly name: string; readonly type: string }[]
}

/** A public surface, and the notes for users at the time when it was accepted, as digests. */
export interface Accepted {
  readonly surface: string
  readonly notes: string
}

/** The surface and the notes of an entry. A changed surface is never only a patch (Semantic Versioning, rule 6). */
export function stateOf(entry: string, report: string, notes: readonly Note[]): Accepted {
  const [name] = entry.split('/')
  const ours = notes.filter(({ releases }) =>
    releases.some((release) => release.name === `@bearerkit/${name}` && ['minor', 'major'].includes(release.type)),
  )
  const texts = ours.map(({ id, summary }) => `${id}: ${summary}`).toSorted()
  return { surface: digestOf(report), notes: digestOf(...texts) }
}

const nothing: Accepted = { surface: digestOf(), notes: digestOf() }

/** Tells whether the surface has changed since it was accepted, and no note was added or changed with it. */
export function isUnnoted(current: Accepted, accepted: Accepted = nothing): boolean {
  return current.surface !== accepted.surface && current.notes === accepted.notes
}

function digestOf(...texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64url').slice(0, 22)
}
