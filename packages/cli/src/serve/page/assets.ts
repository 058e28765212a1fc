import { readdir, readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the page. */
export interface Asset {
  readonly mediaType: string
  readonly body: Buffer
}

/** The folder is not compiled: it is at the same place relative to `src` and to `dist`. */
const folder = fileURLToPath(new URL('../../../page', import.meta.url))

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Reads the files of the page, by the path of each. No path leads to any other file. */
export async function readAssets(): Promise<ReadonlyMap<string, Asset>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => mediaTypes[extname(name)] !== undefined)
  const assets = names.map(async (name): Promise<[string, Asset]> => {
    const path = name === 'index.html' ? '/' : `/page/${name.replaceAll(sep, '/')}`
    return [path, { mediaType: String(mediaTypes[extname(name)]), body: await readFile(join(folder, name)) }]
  })
  return new Map(await Promise.all(assets))
}
