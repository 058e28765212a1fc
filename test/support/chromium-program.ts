import { pathOf, type Program } from './installed-program.ts'

const chromium: Program = {
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  package: 'chromium',
  remedy: 'put chromium on the path',
}

/** The browser that tests run. */
export function chromiumProgram(): Promise<string> {
  return pathOf(chromium)
}
