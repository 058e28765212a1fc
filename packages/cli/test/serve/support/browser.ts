import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumProgram } from '../../../../../test/support/chromium-program.ts'

/** Starts the Chromium of this machine. It ends with this process. */
export async function startBrowser(): Promise<Browser> {
  // Chromium refuses to run as root with its sandbox. It shows only our own page here.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: await chromiumProgram(), args })
}

/** What a page did that it should not do. */
export interface Misdeeds {
  readonly requests: string[]
  readonly errors: string[]
}

/** Notes what the page asks of other servers, and its errors, such as violations of its policy. */
export function watch(page: Page, origin: string): Misdeeds {
  const misdeeds: Misdeeds = { requests: [], errors: [] }
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) misdeeds.requests.push(request.url())
  })
  page.on('pageerror', (error) => misdeeds.errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') misdeeds.errors.push(message.text())
  })
  return misdeeds
}

/** Presses Tab until the element with this accessible name and role has the focus. */
export async function tabTo(
  page: Page,
  role: 'button' | 'combobox' | 'radio' | 'textbox',
  name: string,
): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: true })
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab')
    if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return
  }
  throw new Error(`60 times Tab did not lead to the ${role} ${name}`)
}
