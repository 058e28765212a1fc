import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../documented-examples.ts'

interface Link {
  readonly link: string
  /** The path from the root of the repository. */
  readonly target: string
  readonly fragment: string | undefined
}

/** Returns the links of a page to files, or to its own sections. */
export function linksOf(page: string): Link[] {
  const links = withoutFences(read(page)).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)
  return [...links].map(([link, path = '', fragment]) => {
    return { link, target: path === '' ? page : join(dirname(page), path), fragment }
  })
}

/** Returns the links of a page whose file does not exist, or whose section is not in that file. */
export function brokenLinksOf(page: string): string[] {
  const broken = linksOf(page).filter(({ target, fragment }) => {
    return !existsSync(join(root, target)) || (fragment !== undefined && !anchorsOf(target).has(fragment))
  })
  return broken.map(({ link }) => link)
}

const known = new Map<string, ReadonlySet<string>>()

function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = known.get(page) ?? anchorsIn(read(page))
  known.set(page, anchors)
  return anchors
}

/** The anchors of headings, as GitHub makes them: the second of the same heading ends with `-1`. */
function anchorsIn(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const anchor = String(heading)
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-')
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
  return new Set(anchors)
}

/** What a fence shows is neither a heading nor a link. */
function withoutFences(page: string): string {
  return page.replaceAll(/^```.*?^```$/gms, '')
}

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}
