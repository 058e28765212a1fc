import { findingLine } from '../frame/finding.ts'
import type { Paint } from '../frame/paint.ts'
import { shown, shownJson } from '../frame/shown.ts'
import { aligned } from '../frame/table.ts'
import type { Inspection } from './inspection.ts'

/** A token may have thousands of claims. */
const mostMembers = 60

export function inspectionText({ header, claims, times, findings, kind }: Inspection, paint: Paint): string {
  const notes = new Map(times.map(({ claim, time, relative }) => [claim, `  ${time}, ${relative}`]))
  return [
    ...section('Header', header, new Map(), paint),
    ...section('Claims', claims, notes, paint),
    ...findings.map((finding) => findingLine(finding, paint)),
    ...(findings.length > 0 ? [''] : []),
    paint.strong(conclusions[kind]),
  ].join('\n')
}

const conclusions: Readonly<Record<Inspection['kind'], string>> = {
  jws: 'Nothing was verified: anyone can write such a token. `bearerkit explain` checks it.',
  jwe: 'Nothing was verified or decrypted.',
  opaque: 'Nothing was verified. Only the issuer can say what an opaque token means.',
}

function section(title: string, object: unknown, notes: ReadonlyMap<string, string>, paint: Paint): readonly string[] {
  if (object === undefined) return []
  const members = Object.entries(object as Record<string, unknown>)
  const rows = members
    .slice(0, mostMembers)
    .map(([name, value]) => [shown(name, 40), `${shownJson(value)}${notes.get(name) ?? ''}`])
  const rest = members.length > mostMembers ? [`  … and ${members.length - mostMembers} more`] : []
  return [paint.strong(title), ...aligned(rows), ...rest, '']
}
