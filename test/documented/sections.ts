import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../documented-examples.ts'

/** A section of a page that has examples. */
export interface Section {
  readonly heading: string
  /** The titles of its examples, as in `documentedExamples`. */
  readonly titles: readonly string[]
  /** The request and the status in each row of its table of answers. */
  readonly rows: readonly (readonly [what: string, status: number])[]
}

/** @param page its path, such as `docs/providers/auth0.md` */
export function sectionsOf(page: string): Section[] {
  let examples = 0
  return readFileSync(join(root, page), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((text) => ({
      heading: text.slice(0, text.indexOf('\n')),
      titles: [...text.matchAll(/^```ts$/gm)].map(() => `${page} #${(examples += 1)}`),
      rows: [...text.matchAll(/^\| (.*?) +\| (\d{3}) +\|/gm)].map(
        ([, what, status]) => [String(what), Number(status)] as const,
      ),
    }))
    .filter(({ titles }) => titles.length > 0)
}
