import { TokenVerifier } from '@bearerkit/core'
import { ManualClock } from '../../../core/test/support/clock.ts'
import type { DevelopmentIssuer } from '../../src/serve/development-issuer.ts'
import { act, ask, result } from './support/ask.ts'
import { PageEvents } from './support/page-events.ts'
import { startIssuer } from './support/started.ts'

interface Shown {
  readonly now: number
  readonly keys: readonly { readonly kid: string; readonly state: string; readonly changesAt?: number }[]
  readonly fault: { readonly name: string; readonly target: string } | null
}

interface Entry {
  readonly id: number
  readonly method: string
  readonly path: string
  readonly outcome?: number | string
}

let server: DevelopmentIssuer
let url: string
let events: PageEvents

beforeEach(async () => {
  server = await startIssuer()
  url = server.issuer.issuer
  events = await PageEvents.open(url)
})
afterEach(async () => {
  events.close()
  await server.close()
})

const audience = 'https://api.example.com'

function verify(token: string): Promise<object> {
  const { client, issuer } = server.issuer
  return new TokenVerifier({ issuer, audience, introspection: client }).verify(token)
}

function mint(parameters: object): Promise<{ readonly token: string; readonly proof?: string }> {
  return result(url, 'mint', parameters)
}

describe('mint', () => {
  it.each(['good', 'opaque'])('makes a token that is accepted: %s', async (kind) => {
    const { token } = await mint({ kind, claims: { sub: 'user-2', roles: ['admin'] }, expiresIn: '30s' })
    expect(await verify(token)).toMatchObject({ claims: { sub: 'user-2', roles: ['admin'] } })
  })

  it('makes a token that is bound to a DPoP key, with a proof for a request', async () => {
    const { token, proof } = await mint({ kind: 'dpop', method: 'POST', url: 'http://localhost:3000/orders' })
    const { answer } = await result<{ answer: object }>(url, 'explain', {
      token,
      audience,
      dpop: { proof, method: 'POST', url: 'http://localhost:3000/orders' },
    })
    expect(answer).toMatchObject({ outcome: 'accepted' })
    await expect(verify(token)).rejects.toMatchObject({ code: 'proof_required' })
  })

  it('makes each forged token that the page offers, and all are refused', async () => {
    const { kinds } = await events.find<{ kinds: { name: string; group: string }[] }>('issuer')
    const forged = kinds.filter(({ group }) => group === 'Forged')
    expect(forged.length).toBeGreaterThan(20)
    for (const { name } of forged) {
      const { token } = await mint({ kind: name })
      await expect(verify(token)).rejects.toMatchObject({ name: 'TokenError' })
    }
  })

  it('changes a token by hand; null removes a member', async () => {
    const { token } = await mint({
      kind: 'byHand',
      header: { typ: null, x: 1 },
      claims: { sub: null, aud: ['a', 'b'] },
    })
    const [header, claims] = token
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object)
    expect(header).toEqual({ alg: 'ES256', kid: 'test.1', x: 1 })
    expect(claims).toMatchObject({ aud: ['a', 'b'] })
    expect(claims).not.toHaveProperty('sub')
  })

  it.each([
    [{ kind: 'other' }, /^mint: option `kind` must be one of good, /],
    [{}, /^mint: option `kind` must be one of /],
    [{ kind: 'good', claims: [] }, /must be a JSON object/],
    [{ kind: 'good', claims: { iat: 1 } }, /claim `iat` is set by the issuer/],
    [{ kind: 'good', expiresIn: '2h' }, /would outlive its signing key/],
    [{ kind: 'good', expiresIn: 'soon' }, /`expiresIn` must be seconds/],
    [{ kind: 'good', audience: '' }, /`audience`/],
  ])('refuses %j', async (parameters, message) => {
    const { status, body } = await act(url, 'mint', parameters)
    expect([status, body]).toEqual([400, expect.stringMatching(message)])
  })
})

describe('explain', () => {
  interface Explained {
    readonly steps: readonly { readonly name: string; readonly outcome: string }[]
    readonly answer: { readonly outcome: string; readonly status?: number; readonly reason?: string }
  }

  function explain(token: string, parameters: object = {}): Promise<Explained> {
    return result(url, 'explain', { token, audience, ...parameters })
  }

  it('shows that a good token is accepted', async () => {
    const { steps, answer } = await explain((await mint({ kind: 'good' })).token)
    expect(answer.outcome).toBe('accepted')
    expect(steps.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })

  it.each([
    ['expired', 'token_expired'],
    ['wrongAudience', 'audience_mismatch'],
    ['wrongIssuer', 'issuer_mismatch'],
    ['wrongKey', 'signature_invalid'],
    ['unknownKid', 'key_unknown'],
    ['junk', 'token_inactive'],
  ])('names the one step at which the token %s fails: %s', async (kind, reason) => {
    const { steps, answer } = await explain((await mint({ kind })).token)
    expect(answer).toMatchObject({ outcome: 'refused', status: 401, reason })
    expect(steps.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1)
  })

  it('sees the audience of the API', async () => {
    const { answer } = await explain((await mint({ kind: 'good' })).token, { audience: `${audience}/` })
    expect(answer.reason).toBe('audience_mismatch')
  })

  it('sees that a token was revoked, if the API asks the issuer', async () => {
    const { token } = await mint({ kind: 'opaque' })
    expect((await explain(token)).answer.outcome).toBe('accepted')
    await act(url, 'revoke', { token })
    expect((await explain(token)).answer.reason).toBe('token_inactive')
  })

  it('sees the fault of the issuer', async () => {
    const { token } = await mint({ kind: 'good' })
    await act(url, 'fail', { fault: 'down' })
    expect((await explain(token)).answer).toMatchObject({ outcome: 'unavailable', status: 503 })
  })

  it('works for an issuer that others reach at another origin', async () => {
    const port = Number(new URL(url).port)
    await server.close()
    server = await startIssuer({ port, origin: 'http://issuer:4480' })
    const { token } = await mint({ kind: 'good' })
    expect((await explain(token)).answer.outcome).toBe('accepted')
  })
})

describe('keys', () => {
  const clock = new ManualClock()
  beforeEach(async () => {
    await server.close()
    server = await startIssuer({ clock })
    url = server.issuer.issuer
    events = await PageEvents.open(url)
  })

  async function states(): Promise<string[]> {
    const fresh = await PageEvents.open(url)
    const { keys } = await fresh.find<Shown>('state')
    fresh.close()
    return keys.map(({ kid, state }) => `${kid} ${state}`)
  }

  it('are announced before they sign, then retire, and are destroyed', async () => {
    expect(await states()).toEqual(['test.1 active'])
    await result(url, 'rotate', { activateAfter: '30s' })
    expect(await states()).toEqual(['test.2 pending', 'test.1 active'])
    clock.advance(30_000)
    expect(await states()).toEqual(['test.2 active', 'test.1 retired'])
    clock.advance(60 * 60_000)
    expect(await states()).toEqual(['test.2 active'])
  })

  it('are shown with the moment of their next change', async () => {
    await result(url, 'rotate', { activateAfter: '30s' })
    const { now, keys } = await events.find<Shown>('state', (state) => state.keys.length === 2)
    expect(keys.map(({ changesAt }) => changesAt && changesAt - now)).toEqual([30_000, 30_000])
    clock.advance(30_000)
    await result(url, 'rotate')
    const later = await events.find<Shown>('state', (state) => state.keys.length === 3)
    expect(later.keys.map(({ changesAt }) => changesAt && changesAt - later.now)).toEqual([
      undefined,
      3_600_000,
      3_600_000,
    ])
  })

  it('are told at their moments, without a request', async () => {
    await server.close()
    server = await startIssuer()
    url = server.issuer.issuer
    events = await PageEvents.open(url)
    await result(url, 'rotate', { activateAfter: '50ms' })
    await events.find<Shown>('state', ({ keys }) => keys[0]?.state === 'active' && keys.length === 2)
  })

  it('are destroyed at once, and their tokens refused', async () => {
    const { token } = await mint({ kind: 'good' })
    await result(url, 'rotate')
    await result(url, 'destroy', { kid: 'test.1' })
    expect(await states()).toEqual(['test.2 active'])
    await expect(verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
  })

  it.each(['test', 'test.9', ''])('are not destroyed by a name that is not published: %j', async (kid) => {
    await result(url, 'rotate')
    expect((await act(url, 'destroy', { kid })).status).toBeGreaterThanOrEqual(400)
    expect(await states()).toEqual(['test.2 active', 'test.1 retired'])
  })

  it('are not destroyed if none would be left that signs', async () => {
    await result(url, 'rotate')
    const { status, body } = await act(url, 'destroy', { kid: 'test.2' })
    expect([status, body]).toEqual([409, 'No other key would sign. Rotate first.\n'])
  })
})

describe('faults', () => {
  const jwks = (): Promise<number | string> =>
    ask(`${url}/jwks.json`).then(
      ({ status }) => status,
      (error: { code: string }) => error.code,
    )

  it.each([
    ['down', 'ECONNRESET'],
    ['error', 500],
  ])('%s: the issuer fails, the page does not', async (fault, outcome) => {
    await result(url, 'fail', { fault })
    expect(await jwks()).toBe(outcome)
    expect(await events.find<Shown>('state', (state) => state.fault !== null)).toMatchObject({
      fault: { name: fault, target: 'all' },
    })
    expect((await ask(url)).status).toBe(200)
    await result(url, 'recover')
    expect(await jwks()).toBe(200)
  })

  it('concern one kind of request if that is asked for, and replace each other', async () => {
    await result(url, 'fail', { fault: 'error', target: 'jwks' })
    expect(await jwks()).toBe(500)
    await result(url, 'fail', { fault: 'error', target: 'metadata' })
    expect(await jwks()).toBe(200)
    for (const path of ['openid-configuration', 'oauth-authorization-server'])
      expect((await ask(`${url}/.well-known/${path}`)).status).toBe(500)
  })

  it.each([{ fault: 'other' }, { fault: 'constructor' }, { fault: 'down', target: 'page' }])(
    'other than those of the page are refused: %j',
    async (parameters) => {
      expect((await act(url, 'fail', parameters)).status).toBe(400)
    },
  )
})

describe('the log', () => {
  it('shows each request and then its outcome, without its query', async () => {
    await ask(`${url}/jwks.json`)
    await events.find<Entry>('request', ({ path, outcome }) => path === '/jwks.json' && outcome === undefined)
    await events.find<Entry>('request', ({ path, outcome }) => path === '/jwks.json' && outcome === 200)
  })

  it('shows requests for what the issuer does not have', async () => {
    await ask(`${url}/oauth/jwks?secret=1`)
    await events.find<Entry>('request', ({ path, outcome }) => path === '/oauth/jwks' && outcome === 404)
  })

  it('does not show requests of the page itself', async () => {
    await Promise.all(['/', '/page/script/main.js', '/page/api/unknown'].map((path) => ask(`${url}${path}`)))
    await ask(`${url}/jwks.json`)
    const shown = await events.find<Entry>('request')
    expect(shown.path).toBe('/jwks.json')
  })

  it('shows requests that got no answer', async () => {
    await result(url, 'fail', { fault: 'down' })
    await ask(`${url}/jwks.json`).catch(() => undefined)
    await events.find<Entry>('request', ({ outcome }) => outcome === 'unanswered')
  })

  it('is there for a page that opens later, until it is cleared', async () => {
    for (let count = 0; count < 205; count += 1) await ask(`${url}/jwks.json`)
    const later = await PageEvents.open(url)
    expect(await later.find<Entry[]>('log')).toHaveLength(200)
    await result(url, 'clearLog')
    const last = await PageEvents.open(url)
    expect(await last.find<Entry[]>('log')).toEqual([])
    later.close()
    last.close()
  })
})
