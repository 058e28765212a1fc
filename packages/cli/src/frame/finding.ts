import type { Paint } from './paint.ts'
import { shown } from './shown.ts'

/** Something worth knowing: `wrong` makes tokens fail or is unsafe, `odd` may, and `note` explains. */
export interface Finding {
  readonly level: 'wrong' | 'odd' | 'note'
  /** A stable identifier, for machines. */
  readonly code: string
  /** A sentence for people, with what to do if there is something to do. May contain text that is not ours. */
  readonly message: string
}

const marks = { wrong: '✗', odd: '!', note: 'i' } as const

export function findingLine({ level, message }: Finding, paint: Paint): string {
  const color = { wrong: paint.bad, odd: paint.odd, note: paint.faint }[level]
  return `${color(marks[level])} ${shown(message, 1000)}`
}
