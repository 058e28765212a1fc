import { Authenticator } from '../../../src/http/authenticator.ts'
import { ResourceMetadataEndpoint } from '../../../src/http/documents/resource-metadata.ts'
import { allScopesGuard, anyScopeGuard, type Guard } from '../../../src/http/guards/guards.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://mcp.example.com/mcp'
const keys = new LocalKeyProvider()
const tokens = new TokenIssuer({ keys, issuer, audience })

beforeAll(() => keys.createKey({ alg: 'ES256' }))

/** Judges a request with these scopes by `verifyJwt` and then by the guards, up to the first that refuses. */
async function judged(scope: string, guards: readonly Guard[], options: VerifierOptions = {}): Promise<Outcome> {
  const authenticator = new Authenticator({ keys, issuer, audience, ...options })
  const request = { headers: { authorization: `Bearer ${await tokens.issue({ sub: 'user-1', scope })}` } }
  let outcome = await outcomeOf((continuation) => authenticator.authenticate(request, continuation))
  for (const guard of guards) {
    if (outcome.error !== undefined) return outcome
    outcome = await outcomeOf((continuation) => guard(request, continuation))
  }
  return outcome
}

function scopeIn({ error }: Outcome): string | undefined {
  const headers = (error as { headers?: Record<string, string> } | undefined)?.headers
  return /scope="([^"]*)"/.exec(headers?.['WWW-Authenticate'] ?? '')?.[1]
}

describe('scopes that form a hierarchy', () => {
  const satisfies = (granted: string, required: string): boolean =>
    granted === 'admin' || required.startsWith(`${granted}:`)

  it.each([
    ['an equal scope', 'files:read', allScopesGuard('files:read')],
    ['a broader scope', 'files', allScopesGuard('files:read', 'files:write')],
    [
      'a broader scope for one, an equal one for the other',
      'files mail:send',
      allScopesGuard('files:read', 'mail:send'),
    ],
    ['the broadest scope', 'admin', allScopesGuard('files:read', 'mail:send')],
    ['a broader scope than one of several', 'mail', anyScopeGuard('files:read', 'mail:send')],
  ])('are met by %s', async (_what, scope, guard) => {
    expect((await judged(scope, [guard], { satisfies })).error).toBeUndefined()
  })

  it.each([
    ['a narrower scope', 'files:read', allScopesGuard('files')],
    ['a scope that only begins the same', 'file', allScopesGuard('files:read')],
    ['a broader scope for only one', 'files', allScopesGuard('files:read', 'mail:send')],
    ['no scope', 'profile', anyScopeGuard('files:read', 'mail:send')],
  ])('are not met by %s', async (_what, scope, guard) => {
    expect((await judged(scope, [guard], { satisfies })).error).toMatchObject({ code: 'scope_insufficient' })
  })

  it('are compared exactly without the option', async () => {
    expect((await judged('admin', [allScopesGuard('files:read')])).error).toMatchObject({ status: 403 })
  })

  it.each([
    ['a promise', async () => true],
    ['a truthy value', () => 1],
    ['nothing', () => undefined],
  ])('are not met if the option returns %s', async (_what, wrong) => {
    const options = { satisfies: wrong as never }
    expect((await judged('admin', [allScopesGuard('files:read')], options)).error).toMatchObject({ status: 403 })
  })

  it('pass on an error of the option', async () => {
    const fault = new Error('a fault of the application')
    const failing = (): never => {
      throw fault
    }
    expect((await judged('a', [allScopesGuard('b')], { satisfies: failing })).error).toBe(fault)
  })
})

describe('the challenge of an operation', () => {
  it('names all scopes that the guards of the request required, each once', async () => {
    const guards = [
      allScopesGuard('mcp:tools'),
      allScopesGuard('mcp:tools', 'files:write'),
      allScopesGuard('mail:send'),
    ]
    expect(scopeIn(await judged('mcp:tools', guards))).toBe('mcp:tools files:write')
    expect(scopeIn(await judged('mcp:tools files:write', guards))).toBe('mcp:tools files:write mail:send')
    expect(scopeIn(await judged('', guards))).toBe('mcp:tools')
  })

  it('does not name scopes of other requests', async () => {
    const last = allScopesGuard('b')
    expect(scopeIn(await judged('a', [allScopesGuard('a'), last]))).toBe('a b')
    expect(scopeIn(await judged('a', [last]))).toBe('b')
  })

  it('does not name alternatives of an earlier guard, one of which is enough', async () => {
    expect(scopeIn(await judged('a', [anyScopeGuard('a', 'x'), allScopesGuard('b')]))).toBe('b')
  })

  it('never names offline_access, although a guard may require it', async () => {
    const guard = allScopesGuard('files:read', 'offline_access')
    expect(scopeIn(await judged('files:read', [guard]))).toBe('files:read')
    expect((await judged('files:read', [guard])).error).toMatchObject({ status: 403 })
    expect(scopeIn(await judged('', [allScopesGuard('offline_access')]))).toBeUndefined()
  })
})

describe('offline_access', () => {
  it('is in no challenge of verifyJwt', async () => {
    const authenticator = new Authenticator({
      keys,
      issuer,
      audience,
      challengeScopes: ['mcp:tools', 'offline_access'],
    })
    const outcome = await outcomeOf((continuation) => authenticator.authenticate({ headers: {} }, continuation))
    expect(scopeIn(outcome)).toBe('mcp:tools')
  })

  it.each([
    [['mcp:tools', 'offline_access'], ['mcp:tools']],
    [['offline_access'], undefined],
  ])('is not in the metadata of a resource with the scopes %p', (scopesSupported, expected) => {
    const endpoint = new ResourceMetadataEndpoint({ keys, issuer, audience }, { scopesSupported })
    const { body } = endpoint.respond({ method: 'GET', headers: {} })
    expect((JSON.parse(body) as { scopes_supported?: string[] }).scopes_supported).toEqual(expected)
  })
})
