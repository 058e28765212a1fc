import { TokenVerifier } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'

let issuer: TestIssuer

beforeEach(async () => {
  issuer = await createTestIssuer({ path: '/tenant' })
})
afterEach(() => issuer.close())

type Form = Readonly<Record<string, string>>

function post(form: Form, headers: Form = {}): Promise<Response> {
  const body = new URLSearchParams({
    client_id: issuer.client.clientId,
    client_secret: issuer.client.clientSecret,
    ...form,
  })
  return fetch(`${issuer.issuer}/introspect`, { method: 'POST', body, headers })
}

async function answerAbout(token: string): Promise<unknown> {
  return (await post({ token })).json()
}

async function outcome(token: string): Promise<string> {
  const { issuer: iss, audience, client: introspection } = issuer
  const verifier = new TokenVerifier({ issuer: iss, audience, introspection })
  return verifier.verify(token).then(
    () => 'passes',
    ({ code }: { code: string }) => code,
  )
}

it('answers with the claims that a JWT would have', async () => {
  const claims = { sub: 'user-2', client_id: 'app', scope: 'reports:read' }
  const token = await issuer.issueOpaque(claims, { expiresIn: '1m', audience: 'a', boundTo: { jkt: 'x'.repeat(43) } })
  expect(token).toMatch(/^opaque_[\w-]{43}$/)
  const answer = (await answerAbout(token)) as { iat: number }
  expect(answer).toEqual({
    ...claims,
    active: true,
    token_type: 'DPoP',
    iss: issuer.issuer,
    aud: 'a',
    jti: expect.any(String) as string,
    cnf: { jkt: 'x'.repeat(43) },
    iat: expect.any(Number) as number,
    exp: answer.iat + 60,
  })
})

it('answers about its own JWTs', async () => {
  expect(await answerAbout(await issuer.issue({ scope: 'a' }))).toMatchObject({
    active: true,
    sub: 'user-1',
    scope: 'a',
  })
})

it.each<[string, () => Promise<string>]>([
  ['an unknown token', async () => 'opaque_unknown'],
  ['an expired JWT', () => issuer.forged.expired()],
  ['a JWT that another key signed', () => issuer.forged.wrongKey()],
  ['an expired token', () => issuer.issueOpaque({}, { expiresIn: '1s' })],
  ['a revoked token', async () => revoked(await issuer.issueOpaque())],
  ['a revoked JWT', async () => revoked(await issuer.issue())],
  ['a revoked JWT that was active', async () => revoked(await asked(await issuer.issue()))],
  ['a forged token that was revoked', async () => revoked(await issuer.forgeOpaque())],
])('answers that %s is not active', async (title, tokenOf) => {
  let now = Date.now()
  await issuer.close()
  issuer = await createTestIssuer({ clock: { now: () => now } })
  const token = await tokenOf()
  if (title === 'an expired token') now += 2000
  expect(await answerAbout(token)).toEqual({ active: false })
})

function revoked(token: string): string {
  issuer.revoke(token)
  return token
}

async function asked(token: string): Promise<string> {
  expect(await answerAbout(token)).toMatchObject({ active: true })
  return token
}

it.each<[string, Form, Form]>([
  ['no credentials', { client_id: '', client_secret: '' }, {}],
  ['another secret', { client_secret: 'other' }, {}],
  ['another client', { client_id: 'other' }, {}],
  [
    'another secret in the header',
    {},
    { authorization: `Basic ${Buffer.from('test-client:other').toString('base64')}` },
  ],
])('answers 401 to %s', async (_, form, headers) => {
  for (const token of [await issuer.issueOpaque(), await issuer.forgeOpaque()])
    expect((await post({ ...form, token }, headers)).status).toBe(401)
})

it('accepts its client by each method, and signs answers for it', async () => {
  const { issuer: iss, audience, client } = issuer
  const token = await issuer.issueOpaque()
  for (const change of [{}, { authMethod: 'client_secret_post' }, { accept: 'jwt' }] as const) {
    const verifier = new TokenVerifier({ issuer: iss, audience, introspection: { ...client, ...change } })
    expect((await verifier.verify(token)).claims.sub).toBe('user-1')
  }
})

it('forges answers', async () => {
  expect(await outcome(await issuer.forgeOpaque())).toBe('passes')
  expect(await outcome(await issuer.forgeOpaque({ answer: { active: false } }))).toBe('token_inactive')
  expect(await outcome(await issuer.forgeOpaque({ answer: { aud: 'other' } }))).toBe('audience_mismatch')
  expect(await answerAbout(await issuer.forgeOpaque({ answer: { active: undefined } }))).not.toHaveProperty('active')
})

it('fails if it is asked about a token with a fault, and not about others', async () => {
  const token = await issuer.forgeOpaque({ fault: { kind: 'status', status: 500 } })
  expect(await outcome(token)).toBe('introspection_unavailable')
  expect(await outcome(await issuer.issueOpaque())).toBe('passes')
})

it('fails as `fail` says, and logs each request', async () => {
  issuer.fail({ kind: 'status', status: 503 }, { only: 'introspection' })
  expect(await outcome(await issuer.issueOpaque())).toBe('introspection_unavailable')
  expect(await outcome(await issuer.issue())).toBe('passes')
  issuer.recover()
  expect(await outcome(await issuer.issueOpaque())).toBe('passes')
  expect(issuer.requests.introspection).toBe(2)
  expect(issuer.requests.recent.at(-1)).toMatchObject({ method: 'POST', path: '/tenant/introspect' })
})

it.each([
  ['a GET', 405, { method: 'GET' }],
  ['a body that is no form', 400, { method: 'POST', body: '{}' }],
])('refuses %s with %d', async (_, status, init) => {
  expect((await fetch(`${issuer.issuer}/introspect`, init)).status).toBe(status)
})

it('ends the connection of a body that is too long', async () => {
  await expect(post({ token: 'x'.repeat(100_000) })).rejects.toMatchObject({ name: 'TypeError' })
})
