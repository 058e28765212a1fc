import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DevelopmentIssuer } from '../../src/serve/development-issuer.ts'
import { act, ask } from './support/ask.ts'
import { startIssuer } from './support/started.ts'

const folder = join(__dirname, '../../page')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(?:css|js|svg|html)$/.test(name),
)

let server: DevelopmentIssuer
let url: string

beforeAll(async () => {
  server = await startIssuer()
  url = server.issuer.issuer
})
afterAll(() => server.close())

const mediaTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

describe.each(files)('the file %s', (name) => {
  const path = name === 'index.html' ? '/' : `/page/${name}`

  test('is served under a policy that allows only the files of the page', async () => {
    const { status, headers, body } = await ask(`${url}${path}`)
    expect([status, headers['content-type'], body]).toEqual([200, mediaTypes[name.replace(/.*\./, '')], read(name)])
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      ) as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|data:|blob:|\*/)
  })

  test('names no other server, apart from the placeholder of an API and a namespace of XML', () => {
    const urls = [...read(name).matchAll(/(?:https?:)?\/\/[\w.]+[^\s'"]*/g)].map(([found]) => found)
    const own = ['http://localhost:3000/', 'http://www.w3.org/2000/svg']
    expect(urls.filter((found) => found.startsWith('http') && !own.includes(found))).toEqual([])
  })
})

test('the HTML has no script and no style of its own', () => {
  const html = read('index.html')
  expect(html.match(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|javascript:/g)).toBeNull()
  const sources = [...html.matchAll(/\s(?:src|href)="([^"]*)"/g)].map(([, source]) => String(source))
  expect(sources.filter((source) => !/^(?:\/page\/|#)/.test(source))).toEqual([])
})

test.each([
  ['GET', '/page/', 404],
  ['GET', '/page/index.html', 404],
  ['GET', '/page/tsconfig.json', 404],
  ['GET', '/page/script', 404],
  ['GET', '/page/../package.json', 404],
  ['GET', '/page/%2e%2e/package.json', 404],
  ['GET', '//attacker.example/', 404],
  ['GET', '/page/api/mint', 405],
  ['GET', '/page/api/constructor', 404],
  ['POST', '/page/api/', 404],
  ['POST', '/page/api/events', 405],
  ['POST', '/', 405],
  ['HEAD', '/', 200],
])('%s %s is answered with %d, and with the policy', async (method, path, status) => {
  const answer = await ask(url, { method, path })
  expect(answer.status).toBe(status)
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
})

test.each([
  ['not JSON', '{', 400],
  ['a list', '[]', 400],
  ['an unknown parameter', '{"kind":"good","kinds":1}', 400],
  ['too long', JSON.stringify({ token: 'a'.repeat(70_000) }), 413],
])('parameters that are %s are refused with a sentence', async (_, body, status) => {
  const headers = { 'content-type': 'application/json' }
  const answer = await ask(`${url}/page/api/mint`, { method: 'POST', headers, body })
  expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(/\w+.*\n$/)])
})

test('an action that fails says why', async () => {
  const { status, body } = await act(url, 'mint', { kind: 'good', claims: { exp: 1 } })
  expect([status, body]).toEqual([400, 'claim `exp` is set by the issuer, not by the caller\n'])
})
