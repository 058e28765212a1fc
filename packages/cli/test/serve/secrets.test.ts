import type { DevelopmentIssuer } from '../../src/serve/development-issuer.ts'
import { type Answered, ask, act } from './support/ask.ts'
import { PageEvents } from './support/page-events.ts'
import { startIssuer } from './support/started.ts'

/** RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 9964: the members of private and secret keys. */
const privateMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])

let server: DevelopmentIssuer
let url: string
let events: PageEvents

beforeAll(async () => {
  server = await startIssuer({ client: { clientSecret: 'the secret of the client' } })
  url = server.issuer.issuer
  events = await PageEvents.open(url)
})
afterAll(async () => {
  events.close()
  await server.close()
})

/** Returns the names of all members in a JSON value, also of those in tokens. */
function membersIn(value: unknown): string[] {
  if (typeof value === 'string') return segmentsIn(value).flatMap(membersIn)
  if (typeof value !== 'object' || value === null) return []
  const own = Array.isArray(value) ? [] : Object.keys(value)
  return [...own, ...Object.values(value).flatMap(membersIn)]
}

function segmentsIn(text: string): unknown[] {
  return text.split('.').flatMap((segment): unknown[] => {
    try {
      return [JSON.parse(Buffer.from(segment, 'base64url').toString())]
    } catch {
      return []
    }
  })
}

async function askEverything(): Promise<Answered[]> {
  const answers: Answered[] = []
  const { kinds } = await events.find<{ kinds: { name: string }[] }>('issuer')
  for (const { name } of kinds) answers.push(await act(url, 'mint', { kind: name }))
  const { token } = JSON.parse(answers[0]?.body ?? '') as { token: string }
  answers.push(await act(url, 'explain', { token, audience: 'https://api.example.com' }))
  answers.push(await act(url, 'rotate', { activateAfter: '30s' }), await act(url, 'rotate'))
  answers.push(
    await act(url, 'destroy', { kid: 'test.1' }),
    await act(url, 'clearLog'),
    await act(url, 'revoke', { token }),
  )
  for (const path of [
    '/',
    '/jwks.json',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
  ])
    answers.push(await ask(`${url}${path}`))
  for (const path of ['/token', '/introspect', '/revoke']) answers.push(await post(path, { token }))
  return answers
}

function post(path: string, parameters: Readonly<Record<string, string>>): Promise<Answered> {
  const credentials = { client_id: 'test-client', client_secret: 'the secret of the client' }
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...credentials, ...parameters }).toString()
  return ask(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
}

test('no answer and no event has a member of a private key', async () => {
  const bodies = (await askEverything()).map(({ body }) => body)
  const parsed = bodies.map((body): unknown => (/^[[{]/.test(body) ? JSON.parse(body) : body))
  const members = new Set([...parsed, ...events.events.map(({ data }) => data)].flatMap(membersIn))
  // The search finds members where they can be: in keys of the JWKS, in tokens, in headers of proofs.
  for (const name of ['crv', 'cnf', 'htu', 'kid']) expect(members).toContain(name)
  expect([...members].filter((name) => privateMembers.has(name))).toEqual([])
  for (const body of bodies) expect(body).not.toContain('PRIVATE KEY')
})

test('the secret of the client is told to the page once, and is not in the log', async () => {
  const basic = Buffer.from('test-client:the secret of the client').toString('base64')
  await ask(`${url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  })
  await events.find<{ outcome?: number }>('request', ({ outcome }) => outcome === 200)
  const told = events.events.filter(({ data }) => /the.secret.of|dGVzdC1jbGll/.test(JSON.stringify(data)))
  expect(told.map(({ name }) => name)).toEqual(['issuer'])
})
