import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { DevelopmentIssuer } from '../../src/serve/development-issuer.ts'
import { act, type Answered, ask } from './support/ask.ts'
import { freePort, startIssuer } from './support/started.ts'

let server: DevelopmentIssuer
let url: string
let port: string

beforeAll(async () => {
  server = await startIssuer()
  url = server.issuer.issuer
  port = new URL(url).port
})
afterAll(() => server.close())

const actions = ['mint', 'explain', 'revoke', 'rotate', 'destroy', 'fail', 'recover', 'clearLog']
const paths = ['/', '/page/script/main.js', '/page/api/events', '/page/api/mint']

describe('the Host of a request, because of DNS rebinding', () => {
  const ownHosts = ['127.0.0.1', '127.0.0.1:1', 'localhost', 'LOCALHOST:80', '[::1]:80', '192.0.2.1']
  test.each(ownHosts)('%s is an address or a reserved name, so the page is shown', async (host) => {
    expect((await ask(url, { headers: { host } })).status).toBe(200)
  })

  describe.each([
    'attacker.example',
    '127.0.0.1.attacker.example',
    'localhost.attacker.example',
    'attacker.localhost.example:80',
    'localhost@attacker.example',
    'attacker.example#localhost',
    'attacker.example/localhost',
    'local host',
    '127.0.0.1, attacker.example',
  ])('%j is refused', (host) => {
    test.each(paths)('for %s', async (path) => {
      const { status, body } = await ask(`${url}${path}`, { headers: { host } })
      expect([status, body]).toEqual([421, expect.stringContaining('not the host in the request')])
    })

    test('for each action, which then does nothing', async () => {
      for (const action of actions) {
        const headers = { host, 'content-type': 'application/json' }
        const { status } = await ask(`${url}/page/api/${action}`, { method: 'POST', headers, body: '{}' })
        expect(status).toBe(421)
      }
    })
  })

  test.each([
    ['two', 'HTTP/1.1\r\nHost: localhost\r\nHost: attacker.example'],
    ['an empty one', 'HTTP/1.1\r\nHost:'],
    ['none', 'HTTP/1.1'],
    ['none, in HTTP/1.0', 'HTTP/1.0'],
  ])('%s: refused', async (_, rest) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(`GET / ${rest}\r\nConnection: close\r\n\r\n`)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  test('a name is accepted if the issuer has it', async () => {
    const ownPort = await freePort()
    const named = await startIssuer({ port: ownPort, origin: 'http://issuer:4480' })
    const address = `http://127.0.0.1:${ownPort}`
    expect((await ask(address, { headers: { host: 'issuer:4480' } })).status).toBe(200)
    expect((await ask(address, { headers: { host: 'other:4480' } })).status).toBe(421)
    await named.close()
  })
})

describe('a page of another origin', () => {
  const foreign: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['Origin of another site', { origin: 'https://attacker.example' }],
    ['Origin on another port', { origin: 'http://127.0.0.1:1' }],
    ['Origin null, as from a sandboxed frame', { origin: 'null' }],
    ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site same-site, as on another port', { 'sec-fetch-site': 'same-site' }],
    ['Sec-Fetch-Site none, as from the address bar', { 'sec-fetch-site': 'none' }],
  ]

  describe.each(foreign)('that is told by %s', (_, headers) => {
    test.each(actions)('cannot use the action %s', async (action) => {
      const sent = { 'content-type': 'application/json', ...headers }
      const { status } = await ask(`${url}/page/api/${action}`, { method: 'POST', headers: sent, body: '{}' })
      expect(status).toBe(403)
    })

    test('cannot read the events', async () => {
      expect((await ask(`${url}/page/api/events`, { headers })).status).toBe(403)
    })
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp', ''])(
    'cannot use an action without a preflight: a body of the type %j is refused',
    async (type) => {
      const headers = type === '' ? {} : { 'content-type': type }
      for (const action of actions) {
        const { status } = await ask(`${url}/page/api/${action}`, { method: 'POST', headers, body: '{}' })
        expect(status).toBe(415)
      }
    },
  )

  test('gets no permission from a preflight', async () => {
    const headers = {
      origin: 'https://attacker.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    }
    for (const action of actions) {
      const answer = await ask(`${url}/page/api/${action}`, { method: 'OPTIONS', headers })
      expect([answer.status, corsOf(answer)]).toEqual([403, []])
    }
  })

  test('may read nothing of the page: no answer has a CORS header', async () => {
    const answers = [
      await act(url, 'recover'),
      await act(url, 'mint'),
      ...(await Promise.all(paths.slice(0, 2).map((path) => ask(`${url}${path}`)))),
    ]
    for (const answer of answers) {
      expect(corsOf(answer)).toEqual([])
      expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin')
    }
  })

  test.each(['/jwks.json', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
    'may read %s, as a single-page application does',
    async (path) => {
      const answer = await ask(`${url}${path}`, { headers: { origin: 'https://app.example' } })
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*'])
    },
  )

  test('gets no token without the secret of the client', async () => {
    const headers = { origin: 'https://attacker.example', 'content-type': 'application/x-www-form-urlencoded' }
    const body = 'grant_type=client_credentials&client_id=test-client'
    expect((await ask(`${url}/token`, { method: 'POST', headers, body })).status).toBe(401)
  })
})

function corsOf({ headers }: Answered): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'))
}
