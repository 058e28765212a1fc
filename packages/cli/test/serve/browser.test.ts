import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { installationPatience } from '../../../../test/support/installed-program.ts'
import type { DevelopmentIssuer } from '../../src/serve/development-issuer.ts'
import { result } from './support/ask.ts'
import { type Misdeeds, startBrowser, tabTo, watch } from './support/browser.ts'
import { startIssuer } from './support/started.ts'

let browser: Browser
let server: DevelopmentIssuer
let url: string
let page: Page
let misdeeds: Misdeeds

beforeAll(async () => {
  browser = await startBrowser()
}, installationPatience)
afterAll(() => browser.close())

beforeEach(async () => {
  server = await startIssuer()
  url = server.issuer.issuer
  page = await browser.newPage()
  misdeeds = watch(page, url)
  await page.goto(url)
  await page.getByText('Works', { exact: true }).first().waitFor()
})
afterEach(async () => {
  await page.close()
  await server.close()
})

test('with the keyboard alone, somebody mints, explains, rotates and breaks', async () => {
  await tabTo(page, 'combobox', 'Kind')
  await page.keyboard.type('Expired')
  await tabTo(page, 'button', 'Mint')
  await page.keyboard.press('Enter')
  await page.getByLabel('The token').waitFor()

  await tabTo(page, 'button', 'Explain this token')
  await page.keyboard.press('Enter')
  const verdict = page.locator('.verdict')
  await page.getByRole('heading', { name: 'Refused: 401 token_expired' }).waitFor()
  // The answer has the focus, so a screen reader reads it and the steps follow.
  expect(await verdict.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)
  await page.locator('[data-outcome=failed]').waitFor()

  await tabTo(page, 'button', 'Rotate')
  await page.keyboard.press('Enter')
  await page.locator('.keys li', { hasText: 'test.2' }).getByText('pending').waitFor()
  // The countdown began at 30 seconds.
  await page.getByText(/signs in [12]?\d s/).waitFor()

  await tabTo(page, 'radio', 'Works')
  await page.keyboard.press('ArrowRight')
  await page.locator('#health', { hasText: 'Down' }).waitFor()
  expect(await fetch(`${url}/jwks.json`).catch(() => 'down')).toBe('down')

  await tabTo(page, 'combobox', 'Kind')
  await page.keyboard.press('Home')
  await tabTo(page, 'button', 'Mint')
  await page.keyboard.press('Enter')
  await page.getByText('Minted: Access token').waitFor({ state: 'attached' })
  await tabTo(page, 'button', 'Explain this token')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /^Cannot be answered: 503/ }).waitFor()
  await page.locator('.requests li', { hasText: '/jwks.json' }).first().waitFor()
  expect(misdeeds).toEqual({ requests: [], errors: [] })
})

test('what is in a token is shown as text', async () => {
  const claims = { sub: '<img src="/x" onerror="document.title=1">', '<b>': '</code><script>document.title=2</script>' }
  await page.getByLabel('Kind').selectOption('Header and claims by hand')
  await page.getByLabel('More claims, as JSON').fill(JSON.stringify(claims))
  await page.getByRole('button', { name: 'Mint' }).click()
  await page.getByText('onerror').waitFor()
  await page.getByRole('button', { name: 'Explain this token' }).click()
  await page.locator('.verdict').waitFor()
  expect(await page.title()).toBe('Development issuer')
  expect(await page.locator('#minted img, #minted b, #minted script').count()).toBe(0)
  expect(misdeeds).toEqual({ requests: [], errors: [] })
})

test('a wrong input is told where it was made', async () => {
  await page.getByLabel('More claims, as JSON').fill('{')
  await page.getByRole('button', { name: 'Mint' }).click()
  await page.getByRole('alert').getByText('The claims are not JSON.').waitFor()
  await page.getByLabel('More claims, as JSON').fill('{"exp": 1}')
  await page.getByRole('button', { name: 'Mint' }).click()
  await page.getByRole('alert').getByText('claim `exp` is set by the issuer').waitFor()
})

test('the page follows what others do with the issuer, also after the connection was lost', async () => {
  await result(url, 'rotate')
  await page.locator('.keys li', { hasText: 'test.2' }).getByText('active').waitFor()
  const port = Number(new URL(url).port)
  const { client } = server.issuer
  await server.close()
  await page.getByText('Not connected').waitFor()
  server = await startIssuer({ port, client })
  await page.locator('.keys li', { hasText: 'test.2' }).waitFor({ state: 'detached' })
})

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

interface Violations {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}

/** The elements that reach beyond the window, apart from those in an area that scrolls. */
const tooWide = `[...document.querySelectorAll('main *, header *')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth && one.closest('pre, .hidden') === null)
  .filter((one) => one.checkVisibility())
  .map((one) => one.outerHTML.slice(0, 60))`

test('in each color scheme and on each device, the page is accessible and nothing is cut off', async () => {
  await page.getByLabel('Kind').selectOption('For another audience')
  await page.getByRole('button', { name: 'Mint' }).click()
  await page.getByRole('button', { name: 'Explain this token' }).click()
  await page.getByRole('heading', { name: /^Refused/ }).waitFor()
  await result(url, 'rotate')
  await result(url, 'rotate', { activateAfter: '30s' })
  await result(url, 'fail', { fault: 'error', target: 'introspection' })
  await page.locator('#health', { hasText: 'Fails' }).waitFor()
  await page.evaluate(axe)
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [device, size] of Object.entries(devices)) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(size)
      const look = { device, colorScheme, tooWide: await page.evaluate(tooWide), violations: await violations() }
      expect(look).toEqual({ device, colorScheme, tooWide: [], violations: [] })
      await takePicture(`${device} ${colorScheme}`)
    }
  }
})

const devices = { phone: { width: 360, height: 780 }, desktop: { width: 1280, height: 900 } }

async function violations(): Promise<unknown[]> {
  const report = await page.evaluate<Violations>('axe.run()')
  return report.violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])
}

/** For people, who can look at the page: `SCREENSHOTS=/tmp npm run test:browser`. */
async function takePicture(name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (folder === undefined) return
  await page.evaluate('scrollTo(0, 0)')
  await page.screenshot({ fullPage: true, path: join(folder, `${name}.png`) })
}
